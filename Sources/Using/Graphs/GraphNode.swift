public import StoreModel

/// One thing in a dependency graph.
public struct GraphNode: Hashable, Sendable {
    /// What a node is; each kind has a shape of its own.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// A derivation that runs a builder on its inputs.
        case build
        /// A derivation whose output's hash is stated: something downloaded.
        case fetch
        /// A derivation that puts binaries from elsewhere into the store.
        case seed
        /// A derivation that tests others.
        case check
        /// A file or tree that was added to the store.
        case source
        /// A store path seen for what it refers to, not for how it was made.
        case item
    }

    /// The store path; for a fold of several, that of the first.
    public var path: StorePath
    /// What it is.
    public var kind: Kind
    /// Its stage, when its derivation states one.
    public var stage: GraphStage?
    /// What is in the store when it is there: a derivation's outputs, or the path itself.
    public var outputs: [StorePath] = []
    /// The size of ``outputs`` in bytes, when known.
    public var size: UInt64?
    /// How many things this node stands for; more than one for a fold.
    public var count = 1
    /// Whether it was asked for.
    public var isRoot = false
    /// More about it, a line each, for whoever points at it.
    public var details: [String] = []

    /// A node.
    public init(path: StorePath, kind: Kind, stage: GraphStage? = nil) {
        self.path = path
        self.kind = kind
        self.stage = stage
    }

    /// The name without hash and without `.drv`.
    public var name: String {
        path.isDerivation ? String(path.name.dropLast(".drv".utf8.count)) : path.name
    }

    /// A name that is this node's alone in its graph, and the same in every graph.
    public var identifier: String {
        count == 1 ? path.hashPart : "\(path.hashPart)-\(kind.rawValue)"
    }
}
