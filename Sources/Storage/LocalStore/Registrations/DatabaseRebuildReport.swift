public import StoreModel

/// What became of each item when a database was made again.
public struct DatabaseRebuildReport: Sendable {
    /// Where a path's row came from.
    public enum Origin: String, Sendable, Hashable, CaseIterable {
        /// The registration that was kept beside the database; the contents are those it states.
        case registration
        /// The path itself, which proves contents and references: a derivation, text, source or
        /// fixed output.
        case proven
        /// What lies in the store now, because that was asked for. Nothing proves that these bytes
        /// are what the builder made.
        case inferred
    }

    /// Something that could not be restored, or not as it was.
    public struct Loss: Sendable, Hashable {
        /// The item.
        public let path: StorePath
        /// What could not be done, and why.
        public let reason: String
        /// Whether it is valid all the same, because what is valid refers to it.
        public let isValid: Bool
    }

    /// The paths that are valid now.
    public internal(set) var origins: [StorePath: Origin] = [:]
    /// What was lost, by path.
    public internal(set) var losses: [Loss] = []
    /// Where the database that was replaced is kept; `nil` when there was none, or nothing was done.
    public internal(set) var copy: String?
    /// Why builds, origins and times of use are lost; `nil` when they are not.
    public internal(set) var historyLoss: String?

    /// How many paths came from `origin`.
    public func count(_ origin: Origin) -> Int { origins.values.count { $0 == origin } }
}
