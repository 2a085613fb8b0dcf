import Primitives
public import StoreModel

extension DependencyGraph {
    /// The graph of the derivations that `roots` are built from, and of their sources.
    ///
    /// - Parameters:
    ///   - roots: store paths of `.drv` files.
    ///   - maximumDepth: how many edges a path from a root may have; `nil` for all.
    ///   - read: gives a derivation; called once for each.
    /// - Throws: what `read` throws.
    public static func derivations(
        of roots: [StorePath], maximumDepth: Int? = nil,
        read: (StorePath) throws -> Derivation
    ) throws -> DependencyGraph {
        var nodes: [GraphNode] = []
        var edges: [GraphEdge] = []
        var indices: [StorePath: Int] = [:]
        var pending: [(index: Int, depth: Int)] = []

        func insert(_ path: StorePath, _ kind: GraphNode.Kind, depth: Int) -> Int {
            if let index = indices[path] { return index }
            indices[path] = nodes.count
            nodes.append(GraphNode(path: path, kind: kind))
            pending.append((nodes.count - 1, depth))
            return nodes.count - 1
        }

        for root in roots { nodes[insert(root, .build, depth: 0)].isRoot = true }
        var next = 0
        while next < pending.count {
            let (index, depth) = pending[next]
            next += 1
            let path = nodes[index].path
            guard path.isDerivation else {
                nodes[index].outputs = [path]
                continue
            }
            let derivation = try read(path)
            nodes[index].describe(derivation)
            if let maximumDepth, depth >= maximumDepth { continue }
            for (input, outputs) in derivation.inputDerivations {
                let names = outputs == ["out"] ? [] : outputs.sorted()
                let target = insert(input, .build, depth: depth + 1)
                edges.append(GraphEdge(from: index, to: target, outputs: names))
            }
            for source in derivation.inputSources {
                let target = insert(source, .source, depth: depth + 1)
                edges.append(GraphEdge(from: index, to: target))
            }
        }
        // What is fetched or added belongs to the first stage that needs it, unless it says itself
        // which stage of the bootstrap it is of.
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
        return DependencyGraph(relation: .derivation, nodes: nodes, edges: edges)
    }
}

extension GraphNode {
    /// Takes kind, stage and details from the derivation that the node stands for.
    fileprivate mutating func describe(_ derivation: Derivation) {
        stage = derivation.variable("stage").flatMap { $0.isEmpty ? nil : GraphStage($0) }
        outputs = derivation.outputs.values.compactMap(\.path)
        details = [
            "system: \(derivation.system)",
            "outputs: \(derivation.outputs.keys.sorted().joined(separator: " "))",
        ]
        if let fixed = derivation.fixedOutput {
            kind = .fetch
            let algorithm = fixed.method.rawValue + fixed.digest.algorithm.rawValue
            details.append("\(algorithm): \(fixed.digest.base16)")
            if let url = derivation.variable("url") ?? derivation.variable("urls") {
                details.append("url: \(url)")
            }
            return
        }
        switch stage?.name {
        case "seed": kind = .seed
        case "check": kind = .check
        default: kind = .build
        }
    }
}
