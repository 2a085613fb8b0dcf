import StoreModel

/// What outputs are built from, as several manifests tell together.
struct BuildGraph {
    private var derivations: [StorePath: ManifestDerivation] = [:]
    private var derivers: [StorePath: StorePath] = [:]
    private var references: [StorePath: Set<StorePath>] = [:]

    /// - Throws: ``AuditError/contradiction(_:)`` when two tell different things of one derivation,
    ///   whose path fixes what it is.
    init(_ manifests: [Manifest]) throws(AuditError) {
        for manifest in manifests {
            for (path, derivation) in manifest.derivations {
                if let known = derivations[path], known != derivation {
                    throw .contradiction(
                        "two sides tell different inputs or outputs of '\(path)', and its hash "
                            + "allows one only: a manifest was edited")
                }
                derivations[path] = derivation
            }
            for (path, entry) in manifest.entries {
                references[path, default: []].formUnion(entry.references)
            }
        }
        // Several derivations may make a fixed output: the first by name stands for all.
        for (path, derivation) in derivations.sorted(by: { $0.key < $1.key }) {
            for output in derivation.outputs.values where derivers[output] == nil {
                derivers[output] = path
            }
        }
    }

    /// The derivation that makes `path`, when a manifest tells.
    func deriver(of path: StorePath) -> StorePath? { derivers[path] }

    /// What `path` was built from, sorted; what it refers to when its derivation is not known.
    func inputs(of path: StorePath) -> [StorePath] {
        if let deriver = derivers[path], let derivation = derivations[deriver] {
            return derivation.inputs
        }
        return references[path, default: []].subtracting([path]).sorted()
    }

    /// All paths, each after what it was built from.
    func order() throws(AuditError) -> [StorePath] {
        var graph = DirectedGraph<StorePath>()
        for path in Set(references.keys).union(derivers.keys) {
            for input in inputs(of: path) { graph.insert(edge: path, to: input) }
            graph.insert(path)
        }
        do { return try graph.topologicalOrder() } catch {
            throw .contradiction(
                "the sides tell of outputs that are built from each other in a circle: "
                    + error.nodes.map(\.baseName).joined(separator: " -> ")
                    + "; a manifest was edited")
        }
    }
}
