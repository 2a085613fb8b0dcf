import Primitives
import StoreModel

/// Something that is not as it should be in a store.
public struct VerificationFinding: Hashable, Sendable, CustomStringConvertible {
    /// What kind of thing it is.
    public enum Kind: String, Hashable, Sendable {
        /// A valid path is not on disk.
        case missing
        /// The bytes of a valid path are not those that were registered.
        case altered
        /// The mode, owner, time or attributes of a file in a valid path are not canonical
        /// (`docs/formats/nar.md`).
        case metadata
        /// A valid path cannot be read.
        case unreadable
        /// The database contradicts itself, or what lies in the store.
        case database
        /// The database and the registration kept beside it disagree.
        case registration
        /// Something lies in the store directory that is not valid and that nobody makes. Killed
        /// processes leave such things and collections remove them: no damage.
        case leftover
    }

    /// What puts something right that is no damage to a valid path's contents.
    public enum Remedy: Hashable, Sendable {
        /// A collection removes it.
        case collection
        /// Rebuilding the database makes it valid, a collection removes it.
        case rebuildOrCollection
        /// Its registration can be written anew.
        case writing
        /// Sharing files puts it right when it ends, and so does a collection.
        case optimisationOrCollection
    }

    /// What kind of thing it is.
    public let kind: Kind
    /// The name in the store directory; the database file for what concerns no single path.
    public let name: String
    /// What was found, as the rest of a sentence about the name.
    public let reason: String
    /// What puts it right, where that is no repair.
    public let remedy: Remedy?

    /// A finding from its parts.
    public init(_ kind: Kind, _ name: String, _ reason: String, remedy: Remedy? = nil) {
        self.remedy = remedy
        self.kind = kind
        self.name = name
        self.reason = reason
    }

    /// A valid path that is not there.
    static func gone(_ path: StorePath) -> Self {
        .init(.missing, path.baseName, "it is valid, but not on disk")
    }

    /// Whether something valid is not what it should be.
    public var isDamage: Bool { kind != .leftover }

    /// The sentence a user reads.
    public var description: String { "\(name): \(reason)".oneLine }
}
