package import Audits
package import LocalStore
package import Realisation
import StoreDatabase
package import StoreModel

/// Which derivations can be built again.
package struct RebuildSelection: Sendable {
    /// Those that can, in the order they were named in; those behind them follow by path.
    package private(set) var chosen: [(path: StorePath, derivation: Derivation)] = []
    /// Those that cannot, and why.
    package private(set) var skipped: [RebuildsAnswer.Skipped] = []

    /// Chooses among `named`.
    ///
    /// - Parameter withGraph: whether everything they are built from is chosen as well, except for what a
    ///   hash fixes.
    /// - Throws: ``RealisationError/notCheckable(_:)`` for what is no derivation; why the store cannot be
    ///   read.
    package init(of named: [StorePath], withGraph: Bool, in store: LocalStore) throws {
        for path in try Self.derivations(named, withGraph, store) {
            guard path.isDerivation else { throw RealisationError.notCheckable(path) }
            let derivation = try store.derivations.derivation(path)
            if derivation.fixedOutput != nil {
                guard named.contains(path) else { continue }
                skipped.append(.init(path, reason: "a hash fixes what it makes"))
                continue
            }
            let outputs = derivation.outputs.values.compactMap(\.path)
            if try outputs.allSatisfy({ try store.database.isValid($0) }) {
                chosen.append((path, derivation))
            } else {
                skipped.append(
                    .init(path, reason: "its outputs are not valid here; realise it first"))
            }
        }
    }

    /// Takes from the realiser's binary caches what is missing of the derivations and their outputs, and
    /// makes valid what those outputs are built from.
    package static func take(
        _ named: [StorePath], withGraph: Bool, in store: LocalStore, with realiser: Realiser
    ) async throws {
        try await realiser.take(named)
        let derivations = try derivations(named, withGraph, store).filter(\.isDerivation)
            .map { try store.derivations.derivation($0) }
            .filter { $0.fixedOutput == nil }
        try await realiser.take(derivations.flatMap { $0.outputs.values.compactMap(\.path) })
        var inputs: [Goal] = []
        for derivation in derivations {
            let outputs = derivation.outputs.values.compactMap(\.path)
            // What nobody has is not built again, either.
            guard try store.database.validPaths(among: outputs).count == outputs.count else {
                continue
            }
            try await realiser.take(Array(derivation.inputSources))
            inputs += derivation.inputDerivations.map { .outputs(of: $0.key, $0.value) }
        }
        try await realiser.realise(inputs)
    }

    /// The derivations that are named, and perhaps those behind them.
    private static func derivations(
        _ named: [StorePath], _ withGraph: Bool, _ store: LocalStore
    ) throws -> [StorePath] {
        guard withGraph else { return named }
        return try named
            + store.database.closure(of: Set(named)).filter {
                $0.isDerivation && !named.contains($0)
            }.sorted()
    }
}
