public import Primitives

/// One place in which two file trees differ.
public struct TreeDifference: Hashable, Sendable, CustomStringConvertible {
    /// What is different there.
    public enum Kind: Hashable, Sendable {
        /// Only the first tree has it.
        case onlyInFirst
        /// Only the second tree has it.
        case onlyInSecond
        /// The kinds of node, such as "file" and "directory".
        case kinds(String, String)
        /// Whether the file may be executed; the argument is what holds in the first tree.
        case executable(Bool)
        /// The targets of a symbolic link.
        case targets(ByteString, ByteString)
        /// The contents: the number of bytes before the first that differs, and the sizes in bytes.
        case contents(offset: UInt64, sizes: UInt64, UInt64)
    }

    /// The path below the root of the trees; empty for the root itself.
    public let path: ByteString
    /// What is different.
    public let kind: Kind

    /// A difference.
    public init(path: ByteString, kind: Kind) {
        self.path = path
        self.kind = kind
    }

    /// The text for people.
    public var description: String { sentence.oneLine }

    private var sentence: String {
        let name = path.isEmpty ? "the item itself" : "\(path)"
        return switch kind {
        case .onlyInFirst: "\(name): only in the first"
        case .onlyInSecond: "\(name): only in the second"
        case .kinds(let first, let second):
            "\(name): \(first) in the first, \(second) in the second"
        case .executable(let first):
            "\(name): executable in the \(first ? "first" : "second") only"
        case .targets(let first, let second):
            "\(name): a symbolic link to '\(first)' in the first, to '\(second)' in the second"
        case .contents(let offset, let first, let second):
            "\(name): differs from byte \(offset) on "
                + (first == second ? "(\(first) bytes)" : "(\(first) and \(second) bytes)")
        }
    }
}
