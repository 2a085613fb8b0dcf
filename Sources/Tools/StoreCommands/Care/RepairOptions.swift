import ArgumentParser
import LocalStore
import Realisation
import Recipes
import StoreModel
import Substitutes
import SystemSupport

/// Where repairs may take from, besides builds.
package struct RepairOptions: ParsableArguments {
    @Option(
        name: .customLong("from"),
        help: ArgumentHelp(
            "For repairs: a directory of store items, the --root of another store, or a binary cache.",
            discussion: "Repeatable.",
            valueName: "dir|url"), completion: .directory)
    var places: [String] = []

    /// None but builds and recipes.
    package init() {}
}

extension RepairOptions {
    /// Repairs what `findings` say is damaged, and says what became of it.
    ///
    /// - Returns: whether no damage is left.
    func repair(
        _ findings: [VerificationFinding], in store: LocalStore,
        _ building: BuildOptions, _ context: CommandContext
    ) async throws -> Bool {
        let damage = try RepairableDamage(findings)
        let left = try store.repairRows(damage.rows)
        for finding in left {
            // Findings about the database file name no path.
            let path = (try? StorePath(baseName: finding.name))
                .map(store.storeDirectory.path(of:))
            try context.errorOutput.print(
                "\(path ?? finding.name): not repaired: \(finding.reason)\(Hints.remedy(finding))")
        }
        let outcomes = try await outcomes(damage.paths, store, building, context)
        for (path, outcome) in outcomes.sorted(by: { $0.key < $1.key }) {
            try context.errorOutput.print("\(store.storeDirectory.path(of: path)): \(outcome.text)")
        }
        let failed = outcomes.values.count(where: \.isFailure) + left.count
        try context.errorOutput.print(
            "\(outcomes.count + damage.rows.count - failed) repaired, \(failed) left"
                + (failed > 0 && places.isEmpty ? "; --from names where else to take from" : ""))
        return failed == 0
    }

    private func outcomes(
        _ damaged: [StorePath], _ store: LocalStore, _ building: BuildOptions,
        _ context: CommandContext
    ) async throws -> [StorePath: StoreRepair.Outcome] {
        guard !damaged.isEmpty else { return [:] }
        let display = building.display(context)
        let realiser = try building.realiser(store, context, display)
        let directories = try places.filter { !$0.contains("://") }.map { place in
            let directory = context.absolute(place)
            guard try DirectoryEntries.isDirectory(directory) else {
                throw StoreCommandsError.badArgument(
                    place, reason: "--from names a directory or the URL of a binary cache")
            }
            return try StoreRepair.itemsDirectory(directory, of: store.storeDirectory)
        }
        let caches = try places.filter { $0.contains("://") }.map {
            try BinaryCache.of($0, store.storeDirectory, context)
        }
        for cache in caches { try cache.check() }
        let repair = StoreRepair(
            realiser, directories: directories, caches: caches,
            texts: try PackageGraph.allTexts(in: store.storeDirectory))
        let ticker = Task { await display.tick() }
        defer {
            ticker.cancel()
            display.finish()
        }
        return try await Interruption.cancellingOnSignals { try await repair.run(damaged) }
    }
}

extension StoreRepair.Outcome {
    fileprivate var text: String {
        switch self {
        case .canonicalised: "its metadata are those of a store item again"
        case .copied(let directory): "repaired from '\(directory)'"
        case .rewritten: "repaired from the recipes of this program"
        case .shared: "repaired with a file that it shares with a repaired path"
        case .rebuilt: "repaired by building it again"
        case .changed: "built again; its contents are others than before"
        case .failed(let reason): "not repaired: \(reason)"
        }
    }
}
