import Graphs
import Primitives
import StoreModel

/// References as a tree; what was shown before is not opened again, but marked `[...]`.
struct TreeAnswer: CommandAnswer {
    let roots: [StorePath]
    let graph: DirectedGraph<StorePath>
    let directory: StoreDirectory

    /// Every path below the roots with what it refers to: a tree would repeat whole branches.
    var json: JSONValue {
        var members: [String: JSONValue] = [:]
        for path in graph.closure(of: roots) {
            members[directory.path(of: path)] = .strings(
                graph.successors(of: path).sorted().map { directory.path(of: $0) })
        }
        return .object(members)
    }

    func text(for output: CommandOutput) -> String {
        var text = ""
        var shown: Set<StorePath> = []
        // An explicit stack: a chain of references may be deeper than a thread's.
        var stack: [(path: StorePath, prefix: String, isLast: Bool, isRoot: Bool)] =
            roots.reversed().map { ($0, "", true, true) }
        while let (path, prefix, isLast, isRoot) = stack.popLast() {
            let children = graph.successors(of: path).filter { $0 != path }.sorted()
            let isRepeated = !shown.insert(path).inserted && !children.isEmpty
            text += prefix
            if !isRoot { text += isLast ? "└───" : "├───" }
            text += directory.path(of: path) + (isRepeated ? " [...]\n" : "\n")
            if isRepeated { continue }
            let inner = isRoot ? "" : TreeIndent.below(prefix, isLast: isLast)
            for (index, child) in children.enumerated().reversed() {
                stack.append((child, inner, index == children.count - 1, false))
            }
        }
        return text
    }
}
