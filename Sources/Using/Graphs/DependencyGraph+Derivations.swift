import Primitives
package import StoreModel

extension DependencyGraph {
    /// The graph of the derivations that `roots` are built from, and of their sources.
    ///
    /// - Parameters:
    ///   - roots: store paths of `.drv` files.
    ///   - maximumDepth: how many edges a path from a root may have; `nil` for all.
    ///   - members: when given, the nodes are these and no others, whether a root leads to them or
    ///     not.
    ///   - read: gives a derivation; called once for each.
    /// - Throws: what `read` throws.
    package static func derivations(
        of roots: [StorePath], maximumDepth: Int? = nil, among members: Set<StorePath>? = nil,
        read: (StorePath) throws -> Derivation
    ) throws -> DependencyGraph {
        var walk = DerivationWalk()
        for root in roots { walk.nodes[walk.insert(root, depth: 0)].isRoot = true }
        for member in members?.sorted() ?? [] { walk.insert(member, depth: 0) }
        var index = 0
        while index < walk.nodes.count {
            defer { index += 1 }
            let path = walk.nodes[index].path
            guard path.isDerivation else { continue }
            let derivation = try read(path)
            walk.nodes[index].describe(derivation)
            walk.environments[index] = ImplicitInputs(of: derivation)
            let depth = walk.depths[index] + 1
            if let maximumDepth, depth > maximumDepth { continue }
            for (input, outputs) in derivation.inputDerivations
            where members?.contains(input) ?? true {
                let names = outputs.count == 1 && outputs.contains("out") ? [] : outputs.sorted()
                let target = walk.insert(input, depth: depth)
                walk.edges.append(GraphEdge(from: index, to: target, outputs: names))
            }
            for source in derivation.inputSources where members?.contains(source) ?? true {
                let target = walk.insert(source, depth: depth)
                walk.edges.append(GraphEdge(from: index, to: target))
            }
        }
        walk.markImplicitEdges()
        inheritStages(&walk.nodes, walk.edges)
        return DependencyGraph(relation: .derivation, nodes: walk.nodes, edges: walk.edges)
    }

    /// What is fetched or added belongs to the first stage that needs it, unless it says itself
    /// which stage of the bootstrap it is of.
    private static func inheritStages(_ nodes: inout [GraphNode], _ edges: [GraphEdge]) {
        var inherited = [GraphStage?](repeating: nil, count: nodes.count)
        for edge in edges {
            guard nodes[edge.to].kind == .source || nodes[edge.to].kind == .fetch,
                let stage = nodes[edge.from].stage
            else { continue }
            inherited[edge.to] = min(inherited[edge.to] ?? stage, stage)
        }
        for (index, stage) in inherited.enumerated() {
            if let stage, !(nodes[index].stage?.isKnown ?? false) { nodes[index].stage = stage }
        }
    }
}

/// A graph of derivations while it is read, breadth first.
private struct DerivationWalk {
    var nodes: [GraphNode] = []
    var edges: [GraphEdge] = []
    /// Parallel to the nodes.
    private(set) var depths: [Int] = []
    var environments: [ImplicitInputs] = []
    private var indices: [StorePath: Int] = [:]

    /// The index of the node for `path`, which is added when it is new.
    @discardableResult
    mutating func insert(_ path: StorePath, depth: Int) -> Int {
        if let index = indices[path] { return index }
        indices[path] = nodes.count
        var node = GraphNode(path: path, kind: path.isDerivation ? .build : .source)
        if !path.isDerivation { node.outputs = [path] }
        nodes.append(node)
        depths.append(depth)
        environments.append(ImplicitInputs())
        return nodes.count - 1
    }

    /// Marks the edges to what belongs to the environment of a build.
    mutating func markImplicitEdges() {
        for place in edges.indices {
            let (user, used) = (edges[place].from, edges[place].to)
            guard !environments[user].isEmpty else { continue }
            edges[place].isImplicit = environments[user].provides(nodes[used])
        }
    }
}

extension GraphNode {
    /// Takes kind, stage and the rest from the derivation that the node stands for.
    fileprivate mutating func describe(_ derivation: Derivation) {
        stage = derivation.variable("stage").flatMap { $0.isEmpty ? nil : GraphStage($0) }
        version = derivation.variable("version").flatMap { $0.isEmpty ? nil : $0 }
        system = derivation.system.string
        outputNames = derivation.outputs.keys.sorted()
        outputs = outputNames.compactMap { derivation.outputs[$0]?.path }
        if let fixed = derivation.fixedOutput {
            kind = .fetch
            role = .part
            digest = fixed.digest
            method = fixed.method
            urls = Self.urls(derivation.variable("urls") ?? derivation.variable("url") ?? "")
            return
        }
        kind =
            switch stage?.name {
            case "seed": .seed
            case "final", "system": .final
            case "check": .check
            default: .build
            }
        role = Role(of: derivation, stage: stage)
    }

    /// The addresses in a variable: words, or, in Guix's derivations, a string or list of Scheme.
    /// Graphs are shown to others: no credentials.
    private static func urls(_ text: String) -> [String] {
        text.split { " \n\t\"()".contains($0) }.map { URLRedaction.redact(String($0)) }
    }
}
