import LocalStore
import StoreDatabase
import StoreModel

/// The questions of `query`, asked of one store; answers with forms of their own are made in
/// `StoreQuery+Answers.swift`.
struct StoreQuery {
    let store: LocalStore

    var database: StoreDatabase { store.database }

    /// What `ask` answers for any of `paths`, sorted.
    func union(_ paths: [StorePath], _ ask: (StorePath) throws -> [StorePath]) throws -> [StorePath]
    {
        var found: Set<StorePath> = []
        for path in paths {
            try check(path)
            found.formUnion(try ask(path))
        }
        return found.sorted()
    }

    /// The closure of `paths`, each path after those that it refers to, as `nix-store` prints it.
    func requisites(_ paths: [StorePath], includeOutputs: Bool) throws -> [StorePath] {
        let graph = try database.referenceGraph(below: paths)
        guard includeOutputs else { return try graph.topologicalOrder() }
        let outputs = try graph.nodes.filter(\.isDerivation).flatMap { derivation in
            try database.outputs(of: derivation).values
        }
        let valid = try database.validPaths(among: outputs)
        return try database.referenceGraph(below: graph.nodes + valid).topologicalOrder()
    }

    /// Everything that refers to `paths`, sorted.
    func referrersClosure(_ paths: [StorePath], includeOutputs: Bool) throws -> [StorePath] {
        let found = try database.referrersClosure(of: paths)
        guard includeOutputs else { return found }
        let outputs = try found.filter(\.isDerivation).flatMap { derivation in
            try database.outputs(of: derivation).values
        }
        let valid = try database.validPaths(among: outputs)
        return try database.referrersClosure(of: found + valid)
    }

    /// The outputs of the derivations `paths`, by name.
    func outputs(_ paths: [StorePath]) throws -> [StorePath] {
        try paths.flatMap { path in
            guard path.isDerivation else {
                throw StoreCommandsError.badArgument(
                    path.baseName, reason: "only a derivation has outputs")
            }
            return try database.outputs(of: path).sorted { $0.key < $1.key }.map(\.value)
        }
    }

    /// The outputs of `path` when it is a derivation, else itself.
    func outputsIfDerivation(_ path: StorePath) throws -> [StorePath] {
        path.isDerivation ? try outputs([path]) : [path]
    }

    /// The valid path whose hash part is `text`.
    func path(hashPart text: String) throws -> StorePath {
        if let path = try database.path(hashPart: text) { return path }
        throw StoreCommandsError.notFound(
            "no valid path has the hash part '\(text)' (32 characters of 0-9 a-z without e o u t)")
    }

    /// What the database knows of `path`.
    ///
    /// - Throws: ``StoreCommandsError/notFound(_:)`` when it is not valid.
    func info(_ path: StorePath) throws -> PathInfo {
        guard let info = try database.info(path) else { throw notValid(path) }
        return info
    }

    /// Refuses a path that is not valid.
    func check(_ path: StorePath) throws {
        guard try database.isValid(path) else { throw notValid(path) }
    }

    private func notValid(_ path: StorePath) -> StoreCommandsError {
        .notFound(
            "the path '\(store.storeDirectory.path(of: path))' is not valid: it was never built, "
                + "fetched or added here, or it was deleted")
    }
}
