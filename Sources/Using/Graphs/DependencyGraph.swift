import Primitives
public import StoreModel

/// What depends on what, as a value that renderers print. Nodes and edges have an order that
/// depends on nothing but the graph, so that two runs print the same.
public struct DependencyGraph: Sendable {
    /// What the edges mean.
    public enum Relation: String, Sendable, CaseIterable {
        /// Derivations, and the derivations and sources they are built from.
        case derivation
        /// Store paths, and the paths they refer to.
        case references
    }

    /// What the edges mean.
    public let relation: Relation
    /// The nodes: by stage, then name, then hash.
    public private(set) var nodes: [GraphNode]
    /// The edges, by their ends.
    public let edges: [GraphEdge]

    /// A graph of `nodes` in any order; edges name their indices there.
    public init(relation: Relation, nodes: [GraphNode], edges: [GraphEdge]) {
        let keys = nodes.map { node in
            (stage: node.stage ?? GraphStage(""), name: node.name, identifier: node.identifier)
        }
        let order = nodes.indices.sorted { keys[$0] < keys[$1] }
        var places = [Int](repeating: 0, count: nodes.count)
        for (place, index) in order.enumerated() { places[index] = place }
        self.relation = relation
        self.nodes = order.map { nodes[$0] }
        self.edges = edges.map {
            GraphEdge(from: places[$0.from], to: places[$0.to], outputs: $0.outputs)
        }.sorted { ($0.from, $0.to) < ($1.from, $1.to) }
    }

    /// The same graph with the size of every node whose outputs are all in `sizes`.
    public func addingSizes(_ sizes: [StorePath: UInt64]) -> DependencyGraph {
        var result = self
        for index in nodes.indices where !nodes[index].outputs.isEmpty {
            let known = nodes[index].outputs.compactMap { sizes[$0] }
            guard known.count == nodes[index].outputs.count else { continue }
            let size = known.reduce(0, +)
            result.nodes[index].size = size
            result.nodes[index].details.append("size: \(ByteCount(size))")
        }
        return result
    }
}
