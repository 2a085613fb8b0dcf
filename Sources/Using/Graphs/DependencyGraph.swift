import Primitives
package import StoreModel

/// What depends on what, as a value that renderers print. Nodes and edges have an order that
/// depends on nothing but the graph, so that two runs print the same.
package struct DependencyGraph: Sendable {
    /// What the nodes and edges mean; `docs/manual/graph.md` says it in full.
    package enum Relation: String, Sendable, CaseIterable {
        /// Derivations, and the derivations and sources they are built from.
        case derivation
        /// Store paths, and the paths they refer to.
        case references
        /// Store paths, and the paths that refer to them.
        case referrers
        /// Packages, and the packages that their recipes name.
        case package
        /// As ``package``, with what builds an ordinary package without being named.
        case bag
        /// As ``bag``, with downloads and added files.
        case bagWithSources = "bag-with-sources"
        /// Packages, and the packages whose recipes name them.
        case reversePackage = "reverse-package"
        /// The stages of the bootstrap.
        case stage
        /// What was downloaded or added, and the packages made from it.
        case sources

        /// Whether edges lead to what needs a node, not to what it needs.
        package var isReversed: Bool { self == .referrers || self == .reversePackage }
    }

    /// What the edges mean.
    package let relation: Relation
    /// The nodes: by stage, then name, then hash.
    package internal(set) var nodes: [GraphNode]
    /// The edges, by their ends.
    package let edges: [GraphEdge]

    /// A graph of `nodes` in any order; edges name their indices there.
    package init(relation: Relation, nodes: [GraphNode], edges: [GraphEdge]) {
        let keys = nodes.map { node in
            (stage: node.stage ?? GraphStage(""), name: node.name, identifier: node.identifier)
        }
        let order = nodes.indices.sorted { keys[$0] < keys[$1] }
        var places = [Int](repeating: 0, count: nodes.count)
        for (place, index) in order.enumerated() { places[index] = place }
        self.relation = relation
        self.nodes = order.map { nodes[$0] }
        self.edges = edges.map { edge in
            var edge = edge
            edge.from = places[edge.from]
            edge.to = places[edge.to]
            return edge
        }.sorted { ($0.from, $0.to) < ($1.from, $1.to) }
    }

    /// The edges alone. The edge at a place of ``IndexedGraph/targets`` is that of ``edges``.
    package var indexed: IndexedGraph {
        IndexedGraph(count: nodes.count, edges: edges.map { ($0.from, $0.to) })
    }

    /// The indices of the nodes that were asked for.
    package var roots: [Int] { nodes.indices.filter { nodes[$0].isRoot } }

    /// The same graph with the size of every node whose outputs are all in `sizes`.
    package func addingSizes(_ sizes: [StorePath: UInt64]) -> DependencyGraph {
        var result = self
        for (index, node) in nodes.enumerated() where !node.outputs.isEmpty {
            var sum: UInt64 = 0
            let isKnown = node.outputs.allSatisfy { output in
                guard let size = sizes[output] else { return false }
                sum.addSaturating(size)
                return true
            }
            if isKnown { result.nodes[index].size = sum }
        }
        return result
    }
}
