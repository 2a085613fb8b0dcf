import Primitives
package import Realisation
package import StoreModel

/// Graphs of small derivations in memory: what is valid is a set, what is read is counted.
package struct PlannerFixture {
    package let store = StoreDirectory.nodeos
    package var derivations: [StorePath: Derivation] = [:]
    package var valid: Set<StorePath> = []

    package init() {}

    /// Adds a derivation that needs `inputs`; the `.drv` is valid, its outputs are not.
    package mutating func add(_ name: String, _ inputs: [StorePath] = [], size: Int? = nil) throws
        -> StorePath
    {
        var environment: [ByteString: ByteString] = ["name": ByteString(name)]
        if let size { environment["size"] = "\(size)" }
        let hashes = try inputs.reduce(into: [StorePath: QuotientHash]()) { hashes, path in
            let input = try known(path)
            // Fixed contents per name are enough for distinct paths.
            hashes[path] = .digest(Digest.hash(input.name))
        }
        let derivation = try Derivation(
            name: name, outputs: ["out": .deferred],
            inputDerivations: Dictionary(uniqueKeysWithValues: inputs.map { ($0, ["out"]) }),
            system: "x86_64-linux",
            builder: size == nil ? "/bin/sh" : "builtin:fetchurl", environment: environment
        ).filledIn(inputHashes: hashes, in: store)
        let path = try derivation.file(in: store).path
        derivations[path] = derivation
        valid.insert(path)
        return path
    }

    package func output(_ path: StorePath) throws -> StorePath {
        try known(path).outputs["out"]?.path ?? path
    }

    /// Plans, and counts how many derivations were read.
    package func plan(_ goals: [Goal]) throws -> (plan: BuildPlan, reads: Int) {
        let reads = Counter()
        let plan = try Planner(
            isValid: { valid.contains($0) },
            readDerivation: { path in
                guard valid.contains(path) else { return nil }
                reads.value += 1
                return try known(path)
            }
        ).plan(goals)
        return (plan, reads.value)
    }

    private func known(_ path: StorePath) throws -> Derivation {
        guard let derivation = derivations[path] else { throw Missing(path: path) }
        return derivation
    }

    private struct Missing: Error { let path: StorePath }
    private final class Counter { var value = 0 }
}
