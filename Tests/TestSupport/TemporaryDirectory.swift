import Foundation
import Glibc

/// A directory of a test's own below `/tmp`, removed with everything in it when the value goes,
/// also what nobody may write to.
public final class TemporaryDirectory: Sendable {
    /// The absolute path, without symbolic links.
    public let path: String

    /// Makes a directory.
    public init() throws {
        var template = Array("/tmp/nodeos-test-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else {
            throw CocoaError(.fileWriteUnknown)
        }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        let files = FileManager.default
        if geteuid() != 0, let walk = files.enumerator(atPath: path) {
            for case let name as String in walk
            where walk.fileAttributes?[.type] as? FileAttributeType == .typeDirectory {
                _ = unsafe chmod("\(path)/\(name)", 0o700)
            }
        }
        try? files.removeItem(atPath: path)
        guard files.fileExists(atPath: path) else { return }
        // Foundation works by whole paths, and some are longer than the kernel takes.
        let script = "chmod -R u+rwx \"$0\"; rm -rf \"$0\""
        _ = try? ChildProcess(
            ["/bin/sh", "-c", script, path], environment: ["PATH": "/usr/bin:/bin"]
        ).wait()
    }

    /// The path of `name` in the directory.
    public func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Writes a file, making its parents, and returns its path.
    @discardableResult
    public func write(_ text: String, to name: String, mode: UInt32 = 0o644) throws -> String {
        let url = URL(filePath: file(name))
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
        _ = unsafe chmod(file(name), mode)
        return file(name)
    }

    /// The bytes of the file `name`.
    public func bytes(of name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(filePath: file(name))))
    }
}

extension TemporaryDirectory {
    /// Makes the symbolic link `name` to `target`.
    public func link(_ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(
            atPath: file(name), withDestinationPath: target)
    }
}
