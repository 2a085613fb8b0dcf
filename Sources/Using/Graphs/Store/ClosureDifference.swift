package import LocalStore
import Primitives
import StoreDatabase
package import StoreModel

/// What differs between two closures, by package.
package struct ClosureDifference {
    /// A package in one closure.
    package struct Presence {
        /// Its versions there, sorted; an empty text for what has none.
        package fileprivate(set) var versions: [String] = []
        /// The sizes of its NARs together, in bytes.
        package fileprivate(set) var size: UInt64 = 0
        /// How many paths it has.
        package fileprivate(set) var count = 0
    }

    /// A package that differs.
    package struct Package {
        package let name: String
        /// `nil` when it is not in the first.
        package let before: Presence?
        /// `nil` when it is not in the second.
        package let after: Presence?

        /// How many bytes it grew by; negative when it shrank.
        package var growth: Int64 {
            Int64(clamping: after?.size ?? 0) - Int64(clamping: before?.size ?? 0)
        }
    }

    /// The packages whose versions or sizes differ, by name.
    package let packages: [Package]
    /// How many packages have other paths, but the same versions and sizes.
    package let rebuilt: Int
    /// The sizes of both closures, in bytes.
    package let sizes: (before: UInt64, after: UInt64)

    /// Compares what `first` and `second` refer to.
    package init(of first: StorePath, _ second: StorePath, in store: LocalStore) throws {
        let query = StoreQuery(store: store)
        for path in [first, second] { try query.check(path) }
        let closures = try [first, second].map { path in
            try store.database.infos(store.database.closure(of: [path]))
        }
        let presences = closures.map(Self.presences)
        var packages: [Package] = []
        var rebuilt = 0
        let paths = closures.map { infos in
            Dictionary(grouping: infos.map(\.path)) { path in path.name }
        }
        for name in Set(presences[0].keys).union(presences[1].keys).sorted() {
            let (before, after) = (presences[0][name], presences[1][name])
            if before?.versions == after?.versions, before?.size == after?.size {
                continue
            }
            packages.append(Package(name: name, before: before, after: after))
        }
        let shown = Set(packages.map(\.name))
        for (name, old) in paths[0] where !shown.contains(Derivation.packageName(of: name)) {
            if let new = paths[1][name], Set(old) != Set(new) { rebuilt += 1 }
        }
        self.packages = packages
        self.rebuilt = rebuilt
        sizes = (
            closures[0].map(\.narSize).saturatingSum, closures[1].map(\.narSize).saturatingSum
        )
    }

    private static func presences(_ infos: [PathInfo]) -> [String: Presence] {
        var found: [String: Presence] = [:]
        for info in infos {
            let (package, version) = parts(of: info)
            found[package, default: Presence()].size.addSaturating(info.narSize)
            found[package, default: Presence()].count += 1
            if found[package]?.versions.contains(version) == false {
                found[package]?.versions.append(version)
            }
        }
        for name in found.keys { found[name]?.versions.sort() }
        return found
    }

    /// Package and version of a path. The derivation's name says where the name of an output begins;
    /// without it the end stays with the version.
    private static func parts(of info: PathInfo) -> (package: String, version: String) {
        var name = info.path.name
        if let deriver = info.deriver, deriver.isDerivation,
            name.hasPrefix(deriver.derivationName)
        {
            name = deriver.derivationName
        }
        let package = Derivation.packageName(of: name)
        return (package, String(name.dropFirst(package.count).drop { $0 == "-" }))
    }
}
