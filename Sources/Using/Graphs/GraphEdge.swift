/// An edge of a dependency graph: `from` needs `to`.
package struct GraphEdge: Hashable, Sendable {
    /// The index of the node that needs the other.
    package var from: Int
    /// The index of the node that is needed.
    package var to: Int
    /// The outputs needed, sorted, when they are not just `out`.
    package var outputs: [String]
    /// Whether what is needed belongs to the environment of builds (shell, compiler, the usual
    /// programs) and not to what the recipe names.
    package var isImplicit: Bool
    /// How many edges this one stands for.
    package var count = 1

    /// An edge.
    package init(from: Int, to: Int, outputs: [String] = [], isImplicit: Bool = false) {
        self.from = from
        self.to = to
        self.outputs = outputs
        self.isImplicit = isImplicit
    }
}
