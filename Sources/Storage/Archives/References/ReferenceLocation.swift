public import Primitives

/// Where in a tree a hash part was found.
public struct ReferenceLocation: Hashable, Sendable, CustomStringConvertible {
    /// What holds it.
    public enum Place: Hashable, Sendable {
        /// The contents of a file, at this offset in bytes.
        case contents(offset: UInt64)
        /// The target of a symbolic link.
        case symlinkTarget(ByteString)
        /// The name of the file.
        case name
    }

    /// The hash part.
    public let hashPart: String
    /// The file's path below the root of the tree; empty for the root itself.
    public let path: ByteString
    /// What holds it.
    public let place: Place

    /// The text for people.
    public var description: String {
        let file = path.isEmpty ? "the file itself" : "\(path)"
        return switch place {
        case .contents(let offset): "\(file), offset \(offset)".oneLine
        case .symlinkTarget(let target): "\(file), a symbolic link to '\(target)'".oneLine
        case .name: "\(file), in its name".oneLine
        }
    }
}
