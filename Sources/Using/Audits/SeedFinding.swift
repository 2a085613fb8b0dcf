public import Primitives
public import StoreModel

/// Something that leads back to a seed, or cannot be shown not to.
public struct SeedFinding: Hashable, Sendable {
    /// How much of a hash part stands in a place.
    public enum Extent: Hashable, Sendable {
        /// All of it.
        case whole
        /// All of it, cut in pieces.
        case pieces
        /// At least half of it.
        case half
    }

    /// What was found.
    public enum Kind: Hashable, Sendable {
        /// The hash part of a store path that must not be named, and how much of it stands there.
        case reference(StorePath, form: HiddenForm, Extent)
        /// A registered reference, direct or not: the chain, from the output to what must not be
        /// reached.
        case requisite([StorePath])
        /// A path of the machine that the seeds come from.
        case plainPath(String)
        /// The same bytes as a file of a seed: the store path, the file's path in it, and whether it
        /// is a text (no NUL byte) and not something compiled.
        case seedBytes(StorePath, file: ByteString, isText: Bool)
        /// Bytes that were not looked at, and why.
        case unread(String)
    }

    /// What was found.
    public let kind: Kind
    /// The output that holds it.
    public let output: StorePath
    /// The file's path in the output; empty for an output that is a file.
    public let file: ByteString
    /// The way into the file, such as `gzip at byte 17000`, `cpio`, `bin/node`; empty for the file
    /// itself.
    public let members: [String]
    /// The bytes before it in the innermost member; `nil` when it is no place in a file's contents.
    public let offset: UInt64?
    /// How many there are of the kind in the same output; only the first place is told.
    public internal(set) var count = 1
    /// Why it leads back to nothing, when that is known (`known-mentions.json`).
    public internal(set) var explanation: String?

    /// The place for people.
    public var place: String {
        Self.place(file: file.description, members: members, offset: offset)
    }

    static func place(file: String, members: [String], offset: UInt64?) -> String {
        let file = file.isEmpty ? "the item itself" : file
        return ([file] + members + (offset.map { ["byte \($0)"] } ?? [])).joined(separator: ", ")
    }

    /// What was found, for people.
    public var what: String {
        switch kind {
        case .reference(let path, let form, let extent):
            "\(extent == .half ? "half of " : "")the hash of '\(path)' as \(form.rawValue)"
                + (extent == .pieces ? ", in pieces" : "")
        case .requisite(let chain): "reaches it: \(chain.map(\.name).joined(separator: " → "))"
        case .plainPath(let text): "the path \"\(text)\""
        case .seedBytes(let path, let file, _): "the same bytes as '\(file)' of '\(path)'"
        case .unread(let reason): "not looked at: \(reason)"
        }
    }

    /// Whether it only says that something was not looked at.
    public var isUnread: Bool { if case .unread = kind { true } else { false } }

    /// What kind it is.
    public var category: Category {
        switch kind {
        case .reference: .reference
        case .requisite: .requisite
        case .plainPath: .plainPath
        case .seedBytes: .seedBytes
        case .unread: .unread
        }
    }

    /// The kinds, without what belongs to one finding; the words for programs.
    public enum Category: String, Hashable, Sendable, CaseIterable {
        /// The hash part of a store path, or a piece of it.
        case reference
        /// A registered reference.
        case requisite
        /// A path of the machine that the seeds come from.
        case plainPath = "plain-path"
        /// The bytes of a file of a seed.
        case seedBytes = "seed-bytes"
        /// Not looked at.
        case unread
    }
}
