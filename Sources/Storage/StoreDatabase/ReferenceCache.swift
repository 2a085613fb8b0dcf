package import StoreModel
import Synchronization

/// What paths refer to, kept for whoever asks for many closures that have much in common: a graph that is being
/// built asks for that of each build's inputs.
///
/// What any other process changes in the database, and what this one removes or replaces, empties it.
package final class ReferenceCache: Sendable {
    private struct State {
        /// When it was filled; `nil` at first.
        var version: StoreDatabase.Version?
        var numbers: [StorePath: Int] = [:]
        var paths: [StorePath] = []
        var references: [[Int]] = []
    }

    private let database: StoreDatabase
    private let state = Mutex(State())

    /// An empty one.
    package init(of database: StoreDatabase) { self.database = database }

    /// As ``StoreDatabase/closure(of:)``.
    package func closure(of roots: Set<StorePath>) throws(StoreDatabaseError) -> [StorePath] {
        try state.withLock { state throws(StoreDatabaseError) in
            let version = try database.version()
            if version != state.version { state = State(version: version) }
            let unknown = roots.filter { state.numbers[$0] == nil }
            if !unknown.isEmpty {
                Self.add(try database.referenceGraph(below: unknown), to: &state)
            }
            return Self.closure(of: roots.compactMap { state.numbers[$0] }, state)
        }
    }

    /// A path is only ever added together with all that is below it.
    private static func add(_ graph: DirectedGraph<StorePath>, to state: inout State) {
        let new = graph.nodes.filter { state.numbers[$0] == nil }
        for path in new {
            state.numbers[path] = state.paths.count
            state.paths.append(path)
        }
        for path in new {
            state.references.append(graph.successors(of: path).compactMap { state.numbers[$0] })
        }
    }

    private static func closure(of roots: [Int], _ state: State) -> [StorePath] {
        var isFound = [Bool](repeating: false, count: state.paths.count)
        var found: [Int] = []
        func visit(_ number: Int) {
            guard !isFound[number] else { return }
            isFound[number] = true
            found.append(number)
        }
        for root in roots { visit(root) }
        var next = 0
        while next < found.count {
            for reference in state.references[found[next]] { visit(reference) }
            next += 1
        }
        return found.map { state.paths[$0] }.sorted()
    }
}
