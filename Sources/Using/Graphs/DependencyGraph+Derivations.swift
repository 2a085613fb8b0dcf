import Primitives
public import StoreModel

extension DependencyGraph {
    /// The graph of the derivations that `roots` are built from, and of their sources.
    ///
    /// - Parameters:
    ///   - roots: store paths of `.drv` files.
    ///   - maximumDepth: how many edges a path from a root may have; `nil` for all.
    ///   - read: gives a derivation; called once for each.
    ///   - size: gives the size of a store path that is valid.
    /// - Throws: what `read` throws.
    public static func derivations(
        of roots: [StorePath], maximumDepth: Int? = nil,
        read: (StorePath) throws -> Derivation, size: (StorePath) throws -> UInt64? = { _ in nil }
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
                nodes[index].size = try size(path)
                continue
            }
            let derivation = try read(path)
            try nodes[index].describe(derivation, size: size)
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
        // A source belongs to the first stage that needs it.
        for edge in edges where nodes[edge.to].kind == .source {
            guard let stage = nodes[edge.from].stage else { continue }
            nodes[edge.to].stage = min(nodes[edge.to].stage ?? stage, stage)
        }
        return DependencyGraph(relation: .derivation, nodes: nodes, edges: edges)
    }
}

extension GraphNode {
    /// Takes kind, stage and details from the derivation that the node stands for.
    fileprivate mutating func describe(
        _ derivation: Derivation, size: (StorePath) throws -> UInt64?
    ) rethrows {
        stage = derivation.variable("stage").flatMap { $0.isEmpty ? nil : GraphStage($0) }
        let system = derivation.system.description
        details = [
            "system: \(system)",
            "outputs: \(derivation.outputs.keys.sorted().joined(separator: " "))",
        ]
        if let fixed = derivation.fixedOutput {
            kind = .fetch
            self.size = try size(fixed.path)
            details.append(
                "\(fixed.method.rawValue)\(fixed.digest.algorithm.rawValue): \(fixed.digest.base16)"
            )
            if let url = derivation.variable("url") ?? derivation.variable("urls") {
                details.append("url: \(url)")
            }
        } else {
            switch stage?.name {
            case "seed": kind = .seed
            case "check": kind = .check
            default: kind = .build
            }
            var total: UInt64 = 0
            for output in derivation.outputs.values {
                guard let path = output.path, let bytes = try size(path) else { return }
                total += bytes
            }
            self.size = total
        }
    }
}
