import Foundation
import Primitives
import StoreModel
import TestSupport
import Testing

/// A cache in a directory, made of what a store has.
struct CacheFixture {
    let directory: String
    var url: String { "file://" + directory }

    init(_ store: StoreFixture, named name: String = "cache", storeDir: String? = nil) throws {
        directory = store.directory.file(name)
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: false)
        try write("nix-cache-info", "StoreDir: \(storeDir ?? "/nodeos/store")\nPriority: 40\n")
    }

    func write(_ name: String, _ text: String) throws {
        try text.write(toFile: "\(directory)/\(name)", atomically: true, encoding: .utf8)
    }

    /// Adds `path` of `store`; `change` may make it a lie, after it was signed.
    @discardableResult
    func add(
        _ path: String, of store: StoreFixture, signedBy key: SecretKey? = nil,
        _ change: (inout NarInfo, inout [UInt8]) throws -> Void = { _, _ in }
    ) throws -> NarInfo {
        let file = store.directory.file("nar-\(UUID().uuidString)")
        let dumped = try ChildProcess(
            [
                "/bin/sh", "-c", "\"$0\" --root \"$1\" dump \"$1$2\" > \"$3\"", store.binary,
                store.root, path, file,
            ],
            environment: store.environment
        ).wait()
        #expect(dumped.status == 0, "\(dumped.error)")
        var nar = try Array(Data(contentsOf: URL(filePath: file)))
        var info = PathInfo(
            path: try StoreDirectory.nodeos.parse(path), narHash: Digest.hash(nar),
            narSize: UInt64(nar.count),
            references: Set(
                try store.succeed("query", "references", path).lines.map {
                    try StoreDirectory.nodeos.parse($0)
                }))
        if let key { info.signatures = [try key.sign(info.fingerprint(in: .nodeos))] }
        let name = "\(info.path.hashPart).nar"
        var narInfo = NarInfo(info: info, url: name)
        try change(&narInfo, &nar)
        try Data(nar).write(to: URL(filePath: "\(directory)/\(name)"))
        try write(
            "\(info.path.hashPart).narinfo", narInfo.text(in: .nodeos))
        return narInfo
    }
}
