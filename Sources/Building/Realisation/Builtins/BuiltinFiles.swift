import Glibc
import Primitives
import Sandbox
import SystemSupport

/// How a ``BuiltinProgram`` is started inside a sandbox: its own files and nothing else of the machine.
struct BuiltinFiles: Sendable {
    /// Where the files are in the sandbox.
    private static let directory = "/builtin"

    /// The program and its shared objects, read-only.
    let inputs: [BuildRequest.Input]
    /// What to execute.
    let command: ByteString
    /// The arguments before the job file.
    let arguments: [ByteString]

    /// The files of `image`.
    ///
    /// - Throws: ``BuiltinProgramError/unusable(_:reason:)`` when one of them cannot be found.
    init(_ image: ProgramImage) throws(BuiltinProgramError) {
        var inputs = [
            BuildRequest.Input(
                hostPath: try Self.resolved(image.executable),
                sandboxPath: Self.directory + "/nodeos-store")
        ]
        for object in image.sharedObjects {
            inputs.append(
                BuildRequest.Input(
                    hostPath: try Self.resolved(object),
                    sandboxPath: "\(Self.directory)/lib/\(Self.baseName(object))"))
        }
        self.inputs = inputs
        let program = ByteString(Self.directory + "/nodeos-store")
        let subcommand = ByteString(BuiltinChild.subcommand)
        if let loader = image.loader {
            // The loader is called by name, so that the library path is ours and nothing is looked
            // up in directories that the sandbox does not have.
            command = ByteString("\(Self.directory)/lib/\(Self.baseName(loader))")
            arguments = [
                "--library-path", ByteString(Self.directory + "/lib"), program, subcommand,
            ]
        } else {
            command = program
            arguments = [subcommand]
        }
    }

    private static func baseName(_ path: String) -> String {
        path.split(separator: "/").last.map { String($0) } ?? path
    }

    private static func resolved(_ path: String) throws(BuiltinProgramError) -> String {
        guard let text = unsafe realpath(path.systemPath, nil) else {
            throw .unusable(path, reason: systemMessage(errno))
        }
        defer { unsafe free(text) }
        return unsafe String(systemString: text)
    }
}
