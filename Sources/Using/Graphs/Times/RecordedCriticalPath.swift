package import LocalStore
import StoreDatabase
package import StoreModel

/// The chain of builds below a derivation that takes longest, by what was recorded in a store.
package struct RecordedCriticalPath {
    package let chain: CriticalPath
    /// CPU time of all builds, in user mode and in the kernel.
    package let processor: Duration
    /// How many derivations have a time of their own.
    package let known: Int
    /// Those whose time is that of another version of the package.
    package let estimated: Set<StorePath>

    /// Reads what was recorded: of each derivation its last successful build, else the last of its
    /// package.
    package init(of root: StorePath, in store: LocalStore) throws {
        let members = try store.database.closure(of: [root]).filter(\.isDerivation)
        let records = try store.database.lastBuilds(of: members)
        let names = members.filter { records[$0] == nil }.map {
            ($0, Derivation.packageName(of: $0.derivationName))
        }
        let others = try store.database.lastBuildTimes(names: Set(names.map(\.1)))
        var times = records.mapValues(\.elapsed)
        for (path, name) in names { times[path] = others[name] }
        chain = try CriticalPath(
            of: root,
            inputs: { Array(try store.derivations.derivation($0).inputDerivations.keys) },
            time: { times[$0] ?? .zero })
        processor = records.values.reduce(.zero) { $0 + $1.userTime + $1.systemTime }
        known = records.count
        estimated = Set(names.map(\.0))
    }

    /// The steps that would give most, largest first.
    package var best: [CriticalPath.Step] {
        chain.steps.filter { $0.gain > .zero }.sorted { $1.gain < $0.gain }
    }
}
