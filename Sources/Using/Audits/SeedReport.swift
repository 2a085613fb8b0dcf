public import Primitives
public import StoreModel

/// What an audit of a graph against its seeds found.
public struct SeedReport: Sendable {
    /// A binary that the graph starts from.
    public struct Seed: Sendable, Hashable {
        /// Its store path.
        public let path: StorePath
        /// The digest that fixes it.
        public let digest: Digest
        /// Its size in bytes, when known.
        public let size: UInt64?
        /// Why it cannot be done without; `nil` when no manifest lists it.
        public let reason: String?
    }

    /// What an audit comes to.
    public enum Verdict: String, Sendable, Hashable, CaseIterable {
        /// Everything was looked at, and nothing leads back.
        case clean
        /// Something leads back.
        case found
        /// Nothing was found, but not everything could be looked at.
        case inconclusive

        init(hasTraces: Bool, isOpen: Bool) {
            self = hasTraces ? .found : isOpen ? .inconclusive : .clean
        }
    }

    /// Nothing found, and nothing looked at.
    package init() {}

    /// The downloads that seeds are made of, by name.
    public internal(set) var seeds: [Seed] = []
    /// What is made of them: the outputs of derivations that say they are seeds.
    public internal(set) var seedItems: [StorePath] = []
    /// Those of ``seedItems`` that are not in the store, so that no file was compared with theirs.
    public internal(set) var absentSeedItems: [StorePath] = []
    /// The outputs of the steps between the seeds and the final ones: they may not be reached either.
    public internal(set) var earlierItems: [StorePath] = []
    /// The outputs whose files were looked at: the final ones, and all they reach.
    public internal(set) var outputs: [StorePath] = []
    /// The hash of each of ``outputs``, as it is registered.
    public internal(set) var narHashes: [StorePath: Digest] = [:]
    /// How many files were looked at, and their bytes.
    public internal(set) var fileCount = 0
    /// Their sizes together.
    public internal(set) var byteCount: UInt64 = 0
    /// How many members of archives and compressed streams were looked at.
    public internal(set) var memberCount = 0
    /// Their sizes together, unpacked.
    public internal(set) var memberByteCount: UInt64 = 0
    /// What leads back to a seed or could not be looked at, sorted by place.
    public internal(set) var findings: [SeedFinding] = []
    /// What was judged before and leads back to nothing, with the reason.
    public internal(set) var explained: [SeedFinding] = []

    /// Whether nothing was found, and everything was looked at.
    public var isClean: Bool { findings.isEmpty }
    /// Whether everything could be compared.
    public var isComplete: Bool { absentSeedItems.isEmpty }
    /// How many places could not be looked at.
    public var unreadCount: Int { findings.count { $0.isUnread } }
    /// What it comes to.
    public var verdict: Verdict {
        Verdict(
            hasTraces: unreadCount < findings.count, isOpen: !isComplete || unreadCount > 0)
    }
}
