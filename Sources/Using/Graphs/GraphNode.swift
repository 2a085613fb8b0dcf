package import Primitives
package import StoreModel

/// One thing in a dependency graph.
package struct GraphNode: Hashable, Sendable {
    /// What a node is; each kind has a shape of its own.
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        /// A derivation that runs a builder on its inputs.
        case build
        /// One of the stages `final` and `system`: a build that must lead back to no seed.
        case final
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
        /// All derivations of a stage.
        case stage
    }

    /// How much of the eye a node should catch.
    package enum Emphasis: Int, Hashable, Sendable {
        /// As any other.
        case none
        /// It leads to a node that was named.
        case onTheWay
        /// It was named.
        case named
    }

    /// The store path; for a node that stands for several, that of the first.
    package var path: StorePath
    /// A name that is this node's alone in its graph, and the same in every graph: the hash part of
    /// ``path``, unless it stands for several.
    package var identifier: String
    /// The name for people: without hash and without `.drv`.
    package var name: String
    /// What it is.
    package var kind: Kind
    /// What it is to the package it belongs to.
    package var role = Role.package
    /// Its stage, when its derivation states one.
    package var stage: GraphStage?
    /// The version, when its derivation states one.
    package var version: String?
    /// The system its builder runs on; `nil` for what is not built.
    package var system: String?
    /// The names of its outputs, sorted; empty for what is not built.
    package var outputNames: [String] = []
    /// What is in the store when it is there: a derivation's outputs, or the path itself.
    package var outputs: [StorePath] = []
    /// For a fetch: the digest its content must have.
    package var digest: Digest?
    /// For a fetch: what the digest is of, a file's bytes or a tree's archive.
    package var method: ContentAddressMethod?
    /// For a fetch: where it is downloaded from, as the derivation has it.
    package var urls: [String] = []
    /// The size of ``outputs`` in bytes, as NARs, when known.
    package var size: UInt64?
    /// How many things this node stands for.
    package var count = 1
    /// Their names, when this stands for several.
    package var members: [String] = []
    /// Whether it was asked for.
    package var isRoot = false
    /// How much of the eye it should catch.
    package var emphasis = Emphasis.none

    /// A node.
    package init(path: StorePath, kind: Kind, stage: GraphStage? = nil) {
        self.path = path
        self.kind = kind
        self.stage = stage
        identifier = path.hashPart
        name = path.isDerivation ? path.derivationName : path.name
    }

    /// Whether it stands for several fetches or sources.
    package var isFold: Bool { count > 1 && (kind == .fetch || kind == .source) }

    /// More about it, a line each, for whoever points at it.
    package var details: [String] {
        var lines = members
        if let system { lines.append("system: \(system)") }
        if !outputNames.isEmpty { lines.append("outputs: \(outputNames.joined(separator: " "))") }
        if let digest, let method {
            lines.append("\(method.rawValue)\(digest.algorithm.rawValue): \(digest.base16)")
        }
        if !urls.isEmpty { lines.append("url: \(urls.joined(separator: " "))") }
        if let size { lines.append("size: \(ByteCount(size))") }
        return lines
    }
}
