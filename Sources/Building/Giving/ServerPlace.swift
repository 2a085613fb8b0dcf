import Archives
import Glibc
import Primitives
import StoreModel
package import Substitutes

/// A binary cache on a server, to be added to.
///
/// What a server says that it took is asked for afterwards: one that says yes and keeps nothing would have
/// narinfos without NARs, and whoever relied on them would find out much later.
package final class ServerPlace: CachePlace {
    private let server: CacheServer
    private let work: WorkDirectory

    /// How often a file is looked for that was just given, a second apart: behind some servers' names are
    /// several machines.
    private static let looks = 3
    /// Whether a larger NAR is there already is asked before it is sent.
    private static let smallSize: UInt64 = 1 << 20

    /// A place on `server`, with files on the way to it in `temporaryDirectory`.
    package init(_ server: CacheServer, temporaryDirectory: String) throws {
        self.server = server
        work = try WorkDirectory(in: temporaryDirectory)
    }

    package var url: String { server.url.description }
    package var workDirectory: String { work.path }
    package var takesBatches: Bool { false }

    package func contents(of name: String, limit: Int) throws -> [UInt8]? {
        try server.contents(of: name, limit: limit)
    }

    package func send(_ nar: PackedNAR, isAbandoned: @escaping () -> Bool) throws {
        defer { unsafe unlink(nar.path.systemPath) }
        if nar.size > Self.smallSize,
            try server.presence(of: nar.name, isAbandoned: isAbandoned) == .present(nar.size)
        {
            return
        }
        try server.put(
            nar.path, size: nar.size, digest: nar.digest, as: nar.name, isAbandoned: isAbandoned)
        try look(for: nar.name, isAbandoned) {
            switch try server.presence(of: nar.name, isAbandoned: isAbandoned) {
            case .unknown, .present(nil), .present(nar.size): nil
            case .present(let size?): "has \(size) bytes of its \(nar.size)"
            case .absent: "does not have it"
            }
        }
    }

    package func publish(_ entries: [CacheEntry], isAbandoned: @escaping () -> Bool) throws {
        for entry in entries {
            let name = entry.narInfo.fileName
            try put(entry.text, as: name, isAbandoned: isAbandoned)
            // A server may add keys and signatures of its own.
            let given = entry.narInfo.info
            try look(for: name, isAbandoned) {
                guard let bytes = try contents(of: name, limit: NarInfo.maximumCount) else {
                    return
                        "does not give it (if something before the server remembers what was not "
                        + "there, it will later)"
                }
                let told = String(decoding: bytes, as: UTF8.self)
                return told.contains(given.narHash.prefixedNix32) ? nil : "gives another one"
            }
        }
    }

    package func put(_ bytes: [UInt8], as name: String) throws {
        try put(bytes, as: name, isAbandoned: { false })
    }

    private func put(
        _ bytes: [UInt8], as name: String, isAbandoned: @escaping () -> Bool
    ) throws {
        let path = "\(work.path)/\(name)"
        defer { unsafe unlink(path.systemPath) }
        let folder = try DirectoryDescriptor(opening: work.path)
        try folder.createFile(FileName(name), mode: 0o600).write(bytes.span)
        try server.put(
            path, size: UInt64(bytes.count), digest: Digest.hash(bytes), as: name,
            isAbandoned: isAbandoned)
    }

    package func noteUse(of name: String) {}
    package func discard() { removeWork(work) }
    package func finish() {}

    private func look(
        for name: String, _ isAbandoned: () -> Bool, _ fault: () throws -> String?
    ) throws {
        for count in 1...Self.looks {
            guard let reason = try fault() else { return }
            guard count < Self.looks else {
                throw BinaryCacheError.notKept(url: "\(url)/\(name)", reason: reason)
            }
            if isAbandoned() { throw CancellationError() }
            sleep(1)
        }
    }
}
