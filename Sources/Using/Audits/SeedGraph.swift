import LocalStore
import Primitives
import StoreDatabase
import StoreModel

/// What a graph of derivations says about its seeds: which items they are, which must not be reached,
/// and from which outputs.
struct SeedGraph {
    /// The downloads that seed derivations are made of.
    var downloads: [StorePath: (digest: Digest, statedSize: UInt64?)] = [:]
    /// The outputs of derivations of stage `seed`.
    var seedItems: Set<StorePath> = []
    /// The outputs of derivations of stages `boot…`.
    var earlierItems: Set<StorePath> = []
    /// The outputs of derivations of stages `final` and `system`, and of the goals.
    var finalOutputs: Set<StorePath> = []
    /// The outputs of the goals.
    var goalOutputs: Set<StorePath> = []

    /// Everything that must not be reached.
    var forbidden: Set<StorePath> {
        seedItems.union(earlierItems).union(downloads.keys)
    }

    /// Reads the graph below `goals`.
    init(_ goals: [StorePath], _ read: (StorePath) throws -> Derivation) throws {
        var queue = goals
        var seen = Set(goals)
        while let path = queue.popLast() {
            let derivation = try read(path)
            let outputs = derivation.outputs.values.compactMap(\.path)
            let stage = derivation.variable("stage") ?? ""
            if stage == "seed" {
                seedItems.formUnion(outputs)
                for input in derivation.inputDerivations.keys {
                    let source = try read(input)
                    guard let fixed = source.fixedOutput else { continue }
                    let size = source.variable("size").flatMap { UInt64($0) }
                    downloads[fixed.path] = (fixed.digest, size)
                }
            } else if stage.hasPrefix("boot") {
                earlierItems.formUnion(outputs)
            } else if stage == "final" || stage == "system" {
                finalOutputs.formUnion(outputs)
            }
            if goals.contains(path) { goalOutputs.formUnion(outputs) }
            for input in derivation.inputDerivations.keys where seen.insert(input).inserted {
                queue.append(input)
            }
        }
        finalOutputs.formUnion(goalOutputs)
    }

    /// The shortest chains of references from a final output to each forbidden item that is reached.
    func leaks(_ graph: DirectedGraph<StorePath>) -> [[StorePath]] {
        let forbidden = forbidden
        var parents: [StorePath: StorePath?] = [:]
        var queue = finalOutputs.sorted()
        for path in queue { parents[path] = .some(nil) }
        var next = 0
        var chains: [[StorePath]] = []
        while next < queue.count {
            let path = queue[next]
            next += 1
            if forbidden.contains(path) {
                var chain = [path]
                while let last = chain.last, let parent = parents[last] ?? nil {
                    chain.append(parent)
                }
                chains.append(chain.reversed())
                // What a seed refers to is no news.
                continue
            }
            for reference in graph.successors(of: path).sorted() where parents[reference] == nil {
                parents[reference] = .some(path)
                queue.append(reference)
            }
        }
        return chains
    }
}
