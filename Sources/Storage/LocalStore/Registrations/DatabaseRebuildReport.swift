package import StoreModel

/// What became of each item when a database was made again.
package struct DatabaseRebuildReport: Sendable {
    /// Where a path's row came from.
    package enum Origin: String, Sendable, Hashable, CaseIterable {
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
    package struct Loss: Sendable, Hashable {
        /// The item.
        package let path: StorePath
        /// What could not be done, and why.
        package let reason: String
        /// Whether it is valid all the same, because what is valid refers to it.
        package let isValid: Bool
    }

    /// The paths that are valid now.
    package internal(set) var origins: [StorePath: Origin] = [:]
    /// What was lost, by path.
    package internal(set) var losses: [Loss] = []
    /// Where the database that was replaced is kept; `nil` when there was none, or nothing was done.
    package internal(set) var copy: String?
    /// Why builds, origins and times of use are lost; `nil` when they are not.
    package internal(set) var historyLoss: String?

    /// How many paths came from `origin`.
    package func count(_ origin: Origin) -> Int { origins.values.count { $0 == origin } }
}
