import Archives
import Foundation
import Testing

/// The real Nix of this machine (`nix-bin` of Debian 12 is Nix 2.8), on a store of its own below a
/// temporary directory. The logical store is `/nix/store`, so that the names are the usual ones;
/// nothing outside the directory is read or written, and the network is not used.
final class RealNix: Sendable {
    /// The temporary directory; removed with this value.
    let directory: String

    init() throws {
        for tool in ["nix-store", "nix-instantiate", "nix-hash"] where Self.find(tool) == nil {
            try Test.cancel("\(tool) is not installed (Debian: nix-bin)")
        }
        directory = try Self.makeTemporaryDirectory()
    }

    deinit {
        // Store items are read only, which FileManager does not cope with.
        guard let location = try? TreeLocation(directory) else { return }
        try? removeTree(location.name, in: location.parent)
    }

    /// Where the bytes of `/nix/store` are.
    var store: String { root + "/nix/store" }
    /// The directory that stands for `/`.
    var root: String { directory + "/root" }
    /// The files of this target's `Resources`.
    static let resources = URL(filePath: #filePath).deletingLastPathComponent().path + "/Resources"

    /// What a program printed and how it ended.
    struct Outcome {
        let status: Int32
        let output: [UInt8]
        let errors: String

        /// Standard output as text without the newline at its end.
        var text: String {
            String(decoding: output, as: UTF8.self).trimmingCharacters(in: .newlines)
        }
        /// The lines of standard output.
        var lines: [String] { text.split(separator: "\n").map(String.init) }
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Runs a tool of Nix and expects it to succeed.
    @discardableResult
    func run(_ tool: String, _ arguments: [String], input: String? = nil) throws -> Outcome {
        let outcome = try attempt(tool, arguments, input: input)
        guard outcome.status == 0 else {
            throw Failure(description: "\(tool) \(arguments): \(outcome.errors)")
        }
        return outcome
    }

    /// Runs a tool of Nix; `input` is a file for its standard input.
    func attempt(_ tool: String, _ arguments: [String], input: String? = nil) throws -> Outcome {
        guard let program = Self.find(tool) else {
            throw Failure(description: "\(tool) is not installed")
        }
        let id = UUID().uuidString
        let (output, errors) = ("\(directory)/\(id).out", "\(directory)/\(id).err")
        // Files, because a pipe that nobody reads while the other is read would block.
        for file in [output, errors] { try Data().write(to: URL(filePath: file)) }
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.currentDirectoryURL = URL(filePath: directory)
        process.environment = [
            "HOME": directory + "/home", "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8",
            "NIX_REMOTE": "local?root=\(root)", "NIX_CONF_DIR": directory + "/configuration",
            "NIX_CONFIG": """
            build-users-group =
            substitute = false
            sandbox = false
            experimental-features = nix-command
            """,
        ]
        process.standardInput =
            input.flatMap { FileHandle(forReadingAtPath: $0) } ?? FileHandle.nullDevice
        process.standardOutput = FileHandle(forWritingAtPath: output)
        process.standardError = FileHandle(forWritingAtPath: errors)
        try process.run()
        process.waitUntilExit()
        return try Outcome(
            status: process.terminationStatus,
            output: Array(Data(contentsOf: URL(filePath: output))),
            errors: String(decoding: Data(contentsOf: URL(filePath: errors)), as: UTF8.self))
    }

    /// The path of a program, by PATH.
    static func find(_ tool: String) -> String? {
        (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":")
            .map { "\($0)/\(tool)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    private static func makeTemporaryDirectory() throws -> String {
        // Resolved: Nix refuses a store below a symbolic link.
        let base = URL(filePath: NSTemporaryDirectory()).resolvingSymlinksInPath()
        let url = base.appending(path: "nodeos-conformance-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
        return url.path
    }
}
