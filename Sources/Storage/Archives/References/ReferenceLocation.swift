package import Primitives

/// Where in a tree a hash part was found.
package struct ReferenceLocation: Hashable, Sendable, CustomStringConvertible {
    /// What holds it.
    package enum Place: Hashable, Sendable {
        /// The contents of a file, at this offset in bytes.
        case contents(offset: UInt64)
        /// The target of a symbolic link.
        case symlinkTarget(ByteString)
        /// The name of the file.
        case name
    }

    /// The hash part.
    package let hashPart: String
    /// The file's path below the root of the tree; empty for the root itself.
    package let path: ByteString
    /// What holds it.
    package let place: Place

    /// The text for people.
    package var description: String {
        let file = path.isEmpty ? "the file itself" : "\(path)"
        return switch place {
        case .contents(let offset): "\(file), offset \(offset)".oneLine
        case .symlinkTarget(let target): "\(file), a symbolic link to '\(target)'".oneLine
        case .name: "\(file), in its name".oneLine
        }
    }
}
