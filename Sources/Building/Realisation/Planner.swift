package import StoreModel

/// Finds what a goal still needs, goal first: an output that is valid is never looked behind, so
/// that asking for something that is there reads one derivation.
package struct Planner {
    private let askValid: (StorePath) throws -> Bool
    private let readDerivation: (StorePath) throws -> Derivation?
    private let isStale: (Derivation) throws -> Bool
    private var plan = BuildPlan()
    private var known: [StorePath: Derivation] = [:]
    /// What was asked already: a graph has many more edges than paths.
    private var validity: [StorePath: Bool] = [:]

    /// A planner over a store.
    ///
    /// - Parameters:
    ///   - isValid: whether a store path is valid.
    ///   - readDerivation: the content of a `.drv`; `nil` when it is not valid.
    ///   - isStale: whether what a derivation made, which is valid, is to be fetched again to
    ///     compare the bytes, before anything uses it.
    package init(
        isValid: @escaping (StorePath) throws -> Bool,
        readDerivation: @escaping (StorePath) throws -> Derivation?,
        isStale: @escaping (Derivation) throws -> Bool = { _ in false }
    ) {
        askValid = isValid
        self.readDerivation = readDerivation
        self.isStale = isStale
    }

    /// The plan for `goals`.
    ///
    /// - Parameter checks: how often the goals, but not what they need, are built again to compare
    ///   the bytes; then they are steps of the plan although they may be valid.
    /// - Throws: ``RealisationError`` for a goal that nothing can make; what the store throws.
    package consuming func plan(_ goals: [Goal], checks: Int = 0) throws -> BuildPlan {
        for goal in goals {
            switch goal {
            case .path(let path):
                guard checks == 0 else { throw RealisationError.notCheckable(path) }
                guard try isValid(path) else { throw RealisationError.cannotMake(path) }
                plan.goals.append((goal, ["out": path]))
            case .outputs(let drv, let names):
                let derivation = try derivation(drv)
                for name in names where derivation.outputs[name] == nil {
                    throw RealisationError.noSuchOutput(drv, output: name)
                }
                let wanted = names.isEmpty ? Set(derivation.outputs.keys) : names
                plan.goals.append((goal, try visit(drv, wanted: wanted, isForced: checks > 0)))
                if checks > 0 { plan.steps[drv]?.checks = checks }
            }
        }
        return plan
    }

    private mutating func derivation(_ path: StorePath) throws -> Derivation {
        if let derivation = known[path] { return derivation }
        guard path.isDerivation, let derivation = try readDerivation(path) else {
            throw RealisationError.noDerivation(path)
        }
        known[path] = derivation
        return derivation
    }

    private mutating func isValid(_ path: StorePath) throws -> Bool {
        if let known = validity[path] { return known }
        let isValid = try askValid(path)
        validity[path] = isValid
        return isValid
    }

    /// Adds what `wanted` of `root` needs; returns the paths of those outputs.
    ///
    /// - Parameter isForced: whether `root` becomes a step even when it is valid.
    private mutating func visit(_ root: StorePath, wanted: Set<String>, isForced: Bool) throws
        -> [String: StorePath]
    {
        let outputs = try paths(of: root, wanted)
        // An explicit stack: graphs of real systems are deeper than a thread's stack.
        var stack: [(path: StorePath, inputs: [(StorePath, Set<String>)], next: Int)] = []
        var onStack: Set<StorePath> = []
        if plan.steps[root] == nil, try isForced || isMissing(root, wanted) {
            stack.append(try entered(root))
            onStack.insert(root)
        } else {
            try compareIfStale(root)
        }
        while let top = stack.last {
            guard top.next < top.inputs.count else {
                stack.removeLast()
                onStack.remove(top.path)
                try finish(top.path)
                continue
            }
            stack[stack.count - 1].next += 1
            let (input, names) = top.inputs[top.next]
            guard plan.steps[input] == nil, try isMissing(input, names) else {
                try compareIfStale(input)
                continue
            }
            guard onStack.insert(input).inserted else {
                let start = stack.firstIndex { $0.path == input } ?? 0
                let cycle = stack[start...].map(\.path) + [input]
                throw RealisationError.cycle(GraphCycle(nodes: cycle))
            }
            stack.append(try entered(input))
        }
        return outputs
    }

    private mutating func entered(_ path: StorePath) throws
        -> (StorePath, [(StorePath, Set<String>)], Int)
    {
        let derivation = try derivation(path)
        for source in derivation.inputSources.sorted() where try !isValid(source) {
            throw RealisationError.missingSource(source, neededBy: path)
        }
        let inputs = derivation.inputDerivations.sorted { $0.key < $1.key }
        return (path, inputs.map { ($0.key, $0.value) }, 0)
    }

    private mutating func compareIfStale(_ path: StorePath) throws {
        guard plan.steps[path] == nil, try isStale(derivation(path)) else { return }
        plan.stale.insert(path)
        try finish(path)
        plan.steps[path]?.checks = 1
    }

    private mutating func finish(_ path: StorePath) throws {
        let derivation = try derivation(path)
        // What is valid and only built again to be compared holds nobody up, but for sources that
        // may be the wrong ones.
        var dependencies: Set<StorePath> = []
        for (input, names) in derivation.inputDerivations where plan.steps[input] != nil {
            if try plan.stale.contains(input) || isMissing(input, names) {
                dependencies.insert(input)
            }
        }
        plan.steps[path] = BuildPlan.Step(
            path: path, derivation: derivation, dependencies: dependencies)
        plan.order.append(path)
    }

    private mutating func isMissing(_ path: StorePath, _ wanted: Set<String>) throws -> Bool {
        let derivation = try derivation(path)
        for name in wanted where try !isValid(Self.output(name, of: derivation, path)) {
            return true
        }
        return false
    }

    private mutating func paths(of path: StorePath, _ wanted: Set<String>) throws
        -> [String: StorePath]
    {
        let derivation = try derivation(path)
        var paths: [String: StorePath] = [:]
        for name in wanted { paths[name] = try Self.output(name, of: derivation, path) }
        return paths
    }

    private static func output(
        _ name: String, of derivation: Derivation, _ path: StorePath
    ) throws(RealisationError) -> StorePath {
        guard let output = derivation.outputs[name] else {
            throw .noSuchOutput(path, output: name)
        }
        guard let outputPath = output.path else {
            throw .unknownOutputPath(path, output: name)
        }
        return outputPath
    }
}
