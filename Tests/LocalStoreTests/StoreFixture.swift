import Archives
import Foundation
import Glibc
import LocalStore
import Primitives
import StoreDatabase
import StoreModel
import TestSupport

/// A store below a temporary root.
struct StoreFixture {
    let directory: TemporaryDirectory
    let store: LocalStore

    init() throws {
        directory = try TemporaryDirectory()
        store = try Self.open(directory.path + "/root", .create)
    }

    /// The same store, opened again.
    func reopened(_ access: StoreDatabase.Access = .readWrite) throws -> LocalStore {
        try Self.open(directory.path + "/root", access)
    }

    static func open(_ root: String, _ access: StoreDatabase.Access) throws -> LocalStore {
        try LocalStore(opening: StoreLayout(root: root), access: access)
    }

    /// A path that no item of these tests has by itself.
    static func path(_ name: String) throws -> StorePath {
        try StorePath(hash: Digest.hash(name).folded(to: 20), name: name)
    }

    /// Runs `script` in a directory like the one that holds a build's outputs, with `$1` the
    /// output's path there, and returns the scratch directory.
    func build(_ output: StorePath, _ script: String) throws -> ScratchDirectory {
        let scratch = try store.makeScratch()
        let folder = scratch.path + "/store"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        try shell(script, [folder + "/" + output.baseName])
        return scratch
    }

    /// The NAR of a valid path, as it lies on disk now.
    func narHash(of path: StorePath) throws -> Digest {
        let location = try TreeLocation(store.layout.realPath(of: path))
        var sink = DigestSink()
        try dumpTree(location.name, in: location.parent, to: &sink)
        return sink.digest()
    }

    /// What lies in the store directory, without locks.
    func items() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: store.layout.realStoreDirectory)
            .filter { !$0.hasPrefix(".") && !$0.hasSuffix(".lock") }.sorted()
    }

    /// What lies in the scratch directory.
    func scratches() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: store.layout.scratchDirectory)
    }
}

/// A shell command failed.
struct ShellFailure: Error {
    let status: Int32
}

/// Runs `script` with `arguments` as `$1`….
func shell(_ script: String, _ arguments: [String] = []) throws {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-eu", "-c", script, "sh"] + arguments
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
        throw ShellFailure(status: process.terminationStatus)
    }
}

/// Permission bits, modification time and kind of what lies at `path`.
func status(_ path: String) throws -> (mode: UInt32, time: Int64, isDirectory: Bool) {
    var result = stat()
    guard unsafe lstat(path, &result) == 0 else { throw CocoaError(.fileReadNoSuchFile) }
    return (
        result.st_mode & 0o7777, Int64(result.st_mtim.tv_sec),
        result.st_mode & S_IFMT == S_IFDIR
    )
}
