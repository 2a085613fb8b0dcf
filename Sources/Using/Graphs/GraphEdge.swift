/// An edge of a dependency graph: `from` needs `to`.
public struct GraphEdge: Hashable, Sendable {
    /// The index of the node that needs the other.
    public let from: Int
    /// The index of the node that is needed.
    public let to: Int
    /// The outputs needed, when they are not just `out`.
    public let outputs: [String]

    /// An edge.
    public init(from: Int, to: Int, outputs: [String] = []) {
        self.from = from
        self.to = to
        self.outputs = outputs
    }
}
