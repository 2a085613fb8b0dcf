import Primitives
public import StoreModel

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
    public static func derivations(
        of roots: [StorePath], maximumDepth: Int? = nil, among members: Set<StorePath>? = nil,
        read: (StorePath) throws -> Derivation
    ) throws -> DependencyGraph {
        var nodes: [GraphNode] = []
        var edges: [GraphEdge] = []
        var indices: [StorePath: Int] = [:]
        // Parallel to the nodes.
        var depths: [Int] = []
        var environments: [BuildEnvironment] = []

        func insert(_ path: StorePath, _ kind: GraphNode.Kind, depth: Int) -> Int {
            if let index = indices[path] { return index }
            indices[path] = nodes.count
            nodes.append(GraphNode(path: path, kind: kind))
            depths.append(depth)
            environments.append(BuildEnvironment())
            return nodes.count - 1
        }

        for root in roots { nodes[insert(root, .build, depth: 0)].isRoot = true }
        for member in members?.sorted() ?? [] { _ = insert(member, .build, depth: 0) }
        var index = 0
        while index < nodes.count {
            defer { index += 1 }
            let path = nodes[index].path
            guard path.isDerivation else {
                nodes[index].kind = .source
                nodes[index].outputs = [path]
                continue
            }
            let derivation = try read(path)
            nodes[index].describe(derivation)
            environments[index] = BuildEnvironment(of: derivation)
            let depth = depths[index] + 1
            if let maximumDepth, depth > maximumDepth { continue }
            for (input, outputs) in derivation.inputDerivations
            where members?.contains(input) ?? true {
                let names = outputs.count == 1 && outputs.contains("out") ? [] : outputs.sorted()
                let target = insert(input, .build, depth: depth)
                edges.append(GraphEdge(from: index, to: target, outputs: names))
            }
            for source in derivation.inputSources where members?.contains(source) ?? true {
                edges.append(GraphEdge(from: index, to: insert(source, .source, depth: depth)))
            }
        }
        for place in edges.indices {
            let edge = edges[place]
            edges[place].isImplicit = environments[edge.from].provides(nodes[edge.to])
        }
        inheritStages(&nodes, edges)
        return DependencyGraph(relation: .derivation, nodes: nodes, edges: edges)
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
    private static func urls(_ text: String) -> [String] {
        text.split { " \n\t\"()".contains($0) }.map { String($0) }
    }
}
