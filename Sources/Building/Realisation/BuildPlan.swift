import Primitives
public import StoreModel

/// What has to be done for some goals: only derivations whose wanted outputs are missing, each
/// after those it needs, and what is taken from binary caches instead. Made by ``Planner``, run by
/// ``Realiser``.
public struct BuildPlan: Sendable {
    /// One derivation to realise.
    public struct Step: Sendable {
        /// The `.drv`.
        public let path: StorePath
        /// Its content.
        public let derivation: Derivation
        /// The steps that must be done first.
        public let dependencies: Set<StorePath>
        /// How often it is built again, when its outputs are valid, to see whether the bytes are
        /// the same.
        public internal(set) var checks = 0

        /// What kind of work this is.
        public var kind: Kind { Kind(derivation) }

        /// What its builder reads, but for what that refers to.
        func readPaths(
            _ readDerivation: (StorePath) throws -> Derivation
        ) throws -> Set<StorePath> {
            var paths = derivation.inputSources
            for (path, names) in derivation.inputDerivations {
                let outputs = try readDerivation(path).outputs
                paths.formUnion(names.compactMap { outputs[$0]?.path })
            }
            return paths
        }
    }

    /// The kinds of work, each with its own limit of how many run at once.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// A builder in the sandbox.
        case build
        /// `builtin:fetchurl`.
        case fetch
        /// `builtin:unpack`.
        case unpack

        init(_ derivation: Derivation) {
            switch derivation.builder {
            case "builtin:fetchurl": self = .fetch
            case "builtin:unpack": self = .unpack
            default: self = .build
            }
        }
    }

    /// What was asked for, and the output paths it comes to, in the order asked.
    public internal(set) var goals: [(goal: Goal, outputs: [String: StorePath])] = []
    /// The steps by `.drv`.
    public internal(set) var steps: [StorePath: Step] = [:]
    /// The `.drv`s of ``steps``, dependencies first.
    public internal(set) var order: [StorePath] = []

    /// The `.drv`s of valid downloads that are named with other URLs than they were fetched for:
    /// steps that fetch them again to compare.
    public internal(set) var stale: Set<StorePath> = []

    /// What is taken from binary caches, so that no step makes it.
    public internal(set) var substitutes = SubstitutePlan.empty

    /// Whether no step is to be done.
    public var isEmpty: Bool { steps.isEmpty }

    /// The number of steps of a kind.
    public func count(_ kind: Kind) -> Int { steps.values.count { $0.kind == kind } }

    /// The `.drv`s of steps whose outputs are compared with another build, in order.
    public var checked: [StorePath] { order.filter { (steps[$0]?.checks ?? 0) > 0 } }

    /// The bytes that fetches will bring, as far as derivations state their size.
    public var fetchBytes: UInt64 {
        steps.values.compactMap(\.derivation.statedSize).saturatingSum
    }

    /// Everything the plan counts on, to be kept from collectors: what steps read, also what is
    /// valid already and needed only much later, and what they make.
    package func neededPaths(
        _ readDerivation: (StorePath) throws -> Derivation
    ) throws -> Set<StorePath> {
        var paths: Set<StorePath> = []
        for goal in goals { paths.formUnion(goal.outputs.values) }
        for step in steps.values {
            paths.insert(step.path)
            paths.formUnion(step.derivation.outputs.values.compactMap(\.path))
            paths.formUnion(try step.readPaths(readDerivation))
        }
        return paths
    }

    /// The plan with some of its steps only.
    func filtered(_ isWanted: (StorePath) -> Bool) -> BuildPlan {
        var part = self
        part.steps = steps.filter { isWanted($0.key) }
        part.order = order.filter(isWanted)
        part.stale = stale.filter(isWanted)
        return part
    }
}

extension Derivation {
    /// No file is larger; what states more states nothing.
    static let largestSize: UInt64 = 1 << 60

    /// The download's size in bytes, when the derivation states it (`size`).
    var statedSize: UInt64? {
        variable("size").flatMap { UInt64($0) }.flatMap { $0 <= Self.largestSize ? $0 : nil }
    }
}
