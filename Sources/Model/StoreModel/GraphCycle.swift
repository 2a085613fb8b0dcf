/// A cycle where none may be: the nodes in order, the first repeated at the end.
public struct GraphCycle<Node: Hashable & Sendable>: Error, CustomStringConvertible {
    /// The nodes along the cycle.
    public let nodes: [Node]

    /// A cycle along `nodes`, the first repeated at the end.
    public init(nodes: [Node]) { self.nodes = nodes }

    /// The cycle as `a -> b -> a`.
    public var description: String {
        "a cycle: " + nodes.map { "\($0)" }.joined(separator: " -> ")
    }
}
