import FoundationEssentials
import Primitives

/// What the confined child of a builtin builder is to do: handed over as JSON in a file that only
/// it sees. Everything is decided by the parent; the child reads no configuration.
public enum BuiltinJob: Codable, Hashable, Sendable {
    /// Download a file.
    case fetch(Fetch)
    /// Unpack archives over each other into one tree.
    case unpack(Unpack)

    /// A download.
    public struct Fetch: Codable, Hashable, Sendable {
        /// What to call it in messages.
        var name: String
        /// Where to try, best first, mirrors already resolved.
        var sources: [Source]
        /// Where the file goes.
        var output: String
        /// Where bytes are kept until the hash is right, and between tries; beside `output`.
        var partial: String
        /// The digest of the file's bytes (SRI), when it is known: not for the hash of a NAR.
        var digest: String?
        /// Its size in bytes, when known.
        var size: UInt64?
        /// Whether the file is a program.
        var executable: Bool
        /// The certificates to trust, a file.
        var certificates: String?
        /// Credentials for hosts, a file.
        var netrc: String?
    }

    /// A URL and how to reach it.
    public struct Source: Codable, Hashable, Sendable {
        var url: String
        /// `nil`: as the environment says; empty: none.
        var proxy: String?
        /// Whether the user named the place.
        var isNamed: Bool
        /// What logs and records call it, when that is something else.
        var stated: String?
        /// Why a file could not be shown to the child.
        var problem: String?
    }

    /// Archives to unpack.
    public struct Unpack: Codable, Hashable, Sendable {
        /// The archives, in order.
        var archives: [String]
        /// The tree to make.
        var output: String
        /// What the tree looks like before the first archive.
        var layout: Layout
    }

    /// The beginnings of a tree.
    public enum Layout: String, Codable, Hashable, Sendable {
        /// Nothing.
        case plain
        /// `bin`, `lib`, `lib64`, `sbin` are links into `usr`, as Debian packages expect.
        case debianUsrMerge = "debian-usrmerge"
    }

    /// The job as JSON.
    func encoded() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(self))
    }

    init(json: [UInt8]) throws { self = try JSONDecoder().decode(Self.self, from: Data(json)) }
}
