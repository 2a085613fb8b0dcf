package import LocalStore
import Primitives
import StoreDatabase
package import StoreModel

/// Writes down what a store has.
package struct ManifestMaker: Sendable {
    private let store: LocalStore
    private let tool: String
    private var database: StoreDatabase { store.database }

    /// A maker for `store`.
    ///
    /// - Parameter tool: the program and its version, for the manifest.
    package init(_ store: LocalStore, tool: String) {
        self.store = store
        self.tool = tool
    }

    /// What the store has of `paths` and all they refer to. A derivation stands for its outputs.
    ///
    /// - Parameter withBuildGraph: also of everything they were built from, at any depth, as far as
    ///   it is there.
    /// - Throws: ``AuditError/notValid(_:)``, or why the store cannot be read.
    package func manifest(of paths: [StorePath], withBuildGraph: Bool) throws -> Manifest {
        let outputs = try outputs(of: paths)
        var derivers = Set(paths.filter(\.isDerivation))
        var found = Set(try database.closure(of: outputs))
        if withBuildGraph {
            for output in outputs {
                if let deriver = try deriver(of: output) { derivers.insert(deriver) }
            }
            let graph = try database.closure(of: derivers)
            for path in graph {
                guard path.isDerivation else {
                    found.insert(path)
                    continue
                }
                derivers.insert(path)
                found.formUnion(
                    try database.validPaths(among: database.outputs(of: path).values))
            }
            found = Set(try database.closure(of: found))
        }
        return try manifest(
            roots: paths, of: found.filter { !$0.isDerivation }, known: derivers)
    }

    /// What the store has: every valid path but the derivations.
    package func manifestOfEverything() throws -> Manifest {
        try manifest(
            roots: [], of: Set(database.allValidPaths().filter { !$0.isDerivation }), known: [])
    }

    /// What the store has of exactly these paths. A derivation stands for its outputs.
    package func manifest(ofOnly paths: [StorePath]) throws -> Manifest {
        try manifest(roots: paths, of: Set(outputs(of: paths)), known: [])
    }

    private func outputs(of paths: [StorePath]) throws -> [StorePath] {
        let outputs = try paths.flatMap { path in
            guard path.isDerivation else { return [path] }
            guard try database.isValid(path) else { throw AuditError.notValid([path]) }
            return Array(try database.outputs(of: path).values)
        }
        let valid = try database.validPaths(among: outputs)
        let missing = Set(outputs).subtracting(valid)
        guard missing.isEmpty else { throw AuditError.notValid(missing.sorted()) }
        return outputs
    }

    private func manifest(
        roots: [StorePath], of paths: Set<StorePath>, known: Set<StorePath>
    ) throws -> Manifest {
        var manifest = Manifest(
            store: store.storeDirectory, tool: tool,
            machine: MachineFacts(of: store.layout, identity: try database.identity()),
            roots: Set(roots).sorted())
        for path in known { try add(path, to: &manifest.derivations) }
        // Outputs of derivations that are known by now, with their names.
        var places: [StorePath: (deriver: StorePath, output: String)] = [:]
        for (deriver, derivation) in manifest.derivations.sorted(by: { $0.key < $1.key }) {
            for (name, path) in derivation.outputs where places[path] == nil {
                places[path] = (deriver, name)
            }
        }
        for info in try database.infos(paths.sorted()) {
            var info = info
            var output: String?
            if let place = places[info.path] {
                (info.deriver, output) = (place.deriver, place.output)
            } else if let deriver = try deriver(of: info.path) {
                try add(deriver, to: &manifest.derivations)
                let outputs = manifest.derivations[deriver]?.outputs ?? [:]
                info.deriver = deriver
                output = outputs.first { $0.value == info.path }?.key
            }
            manifest.entries[info.path] = ManifestEntry(
                info, origin: try origin(of: info), output: output)
        }
        return manifest
    }

    /// A valid derivation that has `path` among its outputs: the one that made it, or another.
    private func deriver(of path: StorePath) throws -> StorePath? {
        let derivers = try database.validDerivers(of: path)
        if let known = try database.info(path)?.deriver, derivers.contains(known) { return known }
        return derivers.first
    }

    private func add(
        _ path: StorePath, to derivations: inout [StorePath: ManifestDerivation]
    ) throws {
        guard derivations[path] == nil else { return }
        let derivation = try store.derivations.derivation(path)
        var inputs = derivation.inputSources
        for (input, wanted) in derivation.inputDerivations {
            let outputs = try store.derivations.derivation(input).outputs
            inputs.formUnion(wanted.compactMap { outputs[$0]?.path })
        }
        derivations[path] = ManifestDerivation(
            outputs: derivation.outputs.compactMapValues(\.path), inputs: inputs.sorted())
    }

    private func origin(of info: PathInfo) throws -> ManifestOrigin {
        // Behind a URL with credentials stands a hash of it, by which a password could be guessed.
        // Earlier versions also wrote down which mirror it was.
        let origins = try database.origins(of: info.path)
        let source = (origins.first { $0.url.hasPrefix("mirror://") } ?? origins.first).map {
            URLRedaction.redact(String($0.url.prefix { $0 != " " }))
        }
        if !info.isUltimate { return source.map { .substituted(url: $0) } ?? .imported }
        // What was taken from a cache once and built here later has no content address.
        if let source, info.contentAddress != nil { return .fetched(url: source) }
        guard let deriver = info.deriver else { return .added }
        let build = try database.buildRecords(of: deriver).first { $0.status == .succeeded }
        return .built(
            build.map {
                ManifestOrigin.Build(
                    startTime: $0.startTime, stopTime: $0.stopTime,
                    userTime: $0.userTime.wholeMilliseconds,
                    systemTime: $0.systemTime.wholeMilliseconds, peakMemory: $0.peakMemory,
                    machine: $0.machine)
            })
    }
}

extension Duration {
    fileprivate var wholeMilliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }
}
