package import Audits
package import LocalStore
package import Primitives
import StoreDatabase
package import StoreModel

/// Asks whether what is in a store is what others have.
package struct AgreementQuestions: Sendable {
    let store: LocalStore
    /// This program and its version, for manifests.
    let tool: String

    /// Questions about what is in `store`.
    package init(_ store: LocalStore, tool: String) {
        self.store = store
        self.tool = tool
    }

    /// Compares what is here with what caches serve.
    ///
    /// - Parameters:
    ///   - goals: what is asked for, derivations for their outputs; when empty, everything that was built
    ///     here.
    ///   - closure: also everything that is here of what they refer to.
    ///   - keys: when there are any, only what one of them signed counts.
    /// - Throws: what the caches or the store throw.
    package func challenge(
        _ caches: [CacheWitness], on goals: [StorePath], closure: Bool, trusting keys: [PublicKey]
    ) async throws -> AuditComparison {
        let (manifest, wanted) = try own(goals, closure: closure)
        let asked = wanted.sorted()
        var sides = [AuditSide(name: "this store", manifest: manifest)]
        for cache in caches { sides.append(try await cache.side(asked, trusting: keys)) }
        return try AuditComparison(sides, only: wanted)
    }

    /// What is here of `goals`, and what is to be asked for.
    private func own(
        _ goals: [StorePath], closure: Bool
    ) throws -> (Manifest, Set<StorePath>) {
        let maker = ManifestMaker(store, tool: tool)
        guard !goals.isEmpty else {
            var manifest = try maker.manifestOfEverything()
            manifest.entries = manifest.entries.filter { $0.value.origin.isBuilt }
            return (manifest, Set(manifest.entries.keys))
        }
        let wanted = try outputs(of: goals)
        let valid = try store.database.validPaths(among: wanted).sorted()
        let manifest =
            try closure
            ? maker.manifest(of: valid, withBuildGraph: false) : maker.manifest(ofOnly: valid)
        return (manifest, wanted.union(manifest.entries.keys))
    }

    /// Asks whether enough builders agree.
    ///
    /// - Parameters:
    ///   - goals: what is asked for, derivations for their outputs; when empty, everything that `sides`
    ///     tell of.
    ///   - closure: also everything that is here of what they refer to.
    ///   - sides: manifests; only what builders signed of them counts.
    ///   - caches: asked for the same paths.
    /// - Throws: ``AuditError/otherStore(_:_:)``, what the caches or the store throw.
    package func agreement(
        by policy: AgreementPolicy, on goals: [StorePath], closure: Bool, _ sides: [AuditSide],
        _ caches: [CacheWitness]
    ) async throws -> AgreementAnswer {
        var wanted = Set(sides.flatMap { $0.manifest.entries.keys })
        if !goals.isEmpty {
            wanted = try outputs(of: goals)
            if closure {
                wanted.formUnion(
                    try store.database.closure(of: store.database.validPaths(among: wanted)))
            }
        }
        let asked = wanted.sorted()
        var sides = sides
        for cache in caches { sides.append(try await cache.side(asked, trusting: [])) }
        let judge = try AgreementJudge(policy, sides, store: store.storeDirectory)
        let verdicts = try asked.map { path in
            judge.verdict(path, local: try store.database.info(path).map { ManifestEntry($0) })
        }
        return AgreementAnswer(
            verdicts, remarks: judge.remarks, in: store.storeDirectory, subjects: goals)
    }

    private func outputs(of goals: [StorePath]) throws -> Set<StorePath> {
        Set(
            try goals.flatMap { goal in
                goal.isDerivation ? Array(try store.database.outputs(of: goal).values) : [goal]
            })
    }

    /// What a comparison of stores and manifests is about.
    ///
    /// - Parameter named: what is asked for; a derivation that a side tells of stands for its outputs.
    /// - Returns: what was asked for; else what the manifests tell of; else what the stores have; `nil` when
    ///   there are neither.
    package static func subjects(
        _ named: [StorePath], of stores: [AuditSide], _ manifests: [AuditSide]
    ) -> Set<StorePath>? {
        if named.isEmpty {
            let tellers = manifests.isEmpty ? stores : manifests
            guard !tellers.isEmpty else { return nil }
            return tellers.reduce(into: []) { $0.formUnion($1.manifest.entries.keys) }
        }
        return Set(
            named.flatMap { path in
                let known = (stores + manifests).lazy.compactMap { $0.manifest.derivations[path] }
                return known.first.map { Array($0.outputs.values) } ?? [path]
            })
    }
}
