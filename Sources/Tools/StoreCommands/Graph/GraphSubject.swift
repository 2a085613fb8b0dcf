import Graphs
import LocalStore
import StoreDatabase
import StoreModel
import SystemSupport

/// What `graph` is of when no path is given: the links to derivations in the working directory, else its
/// other links into the store, else all roots. Says on standard error which these are.
struct GraphSubject {
    /// What is shown, at least one.
    let paths: [StorePath]
    /// The type asked for, else derivations as soon as there is one.
    let type: DependencyGraph.Relation

    /// Looks around.
    ///
    /// - Throws: ``StoreCommandsError/notFound(_:)`` when there is nothing to show.
    init(in store: LocalStore, type: DependencyGraph.Relation?, _ context: CommandContext) throws {
        let links = try Self.links(in: store, context)
        var found = links.filter(\.path.isDerivation)
        if found.isEmpty { found = links }
        var what =
            found.count == 1 ? "'\(found[0].name)'" : "\(found.count) links in this directory"
        if found.isEmpty {
            let roots = try store.roots()
            let valid = try store.database.validPaths(among: roots.map(\.target))
            found = roots.map { ($0.link, $0.target) }.filter { valid.contains($0.path) }
            what =
                found.count == 1 ? "the only root, '\(found[0].name)'" : "all \(found.count) roots"
        }
        let hasDerivation = found.contains { $0.path.isDerivation }
        let type = type ?? (hasDerivation ? .derivation : .references)
        let builder = StoreGraph(store: store, maximumDepth: nil)
        let shown = try found.filter { try builder.canBegin(at: $0.path, type) }
        guard !shown.isEmpty else {
            throw StoreCommandsError.notFound(
                found.isEmpty
                    ? "no store path is given, and neither a link in this directory nor a root leads to "
                        + "one; name a path or a recipe, as in 'nodeos-store graph barebones'"
                    : "no store path is given, and of \(what) there is no graph of the type "
                        + "'\(type.rawValue)'; name a path, or another --type")
        }
        try context.errorOutput.print("no path is given: this is the graph of \(what)")
        if shown.count < found.count {
            let reason =
                type == .references || type == .referrers
                ? "their outputs are not valid" : "their derivations are not in this store"
            try context.errorOutput.print(
                "\(found.count - shown.count) of them are left out: \(reason)")
        }
        var seen: Set<StorePath> = []
        paths = shown.map(\.path).filter { seen.insert($0).inserted }
        self.type = type
    }

    /// The links in the working directory that lead to something valid, by name.
    private static func links(in store: LocalStore, _ context: CommandContext) throws
        -> [(name: String, path: StorePath)]
    {
        let arguments = StoreArgument(layout: store.layout, context: context)
        let links = try DirectoryEntries(of: context.workingDirectory).others.compactMap { name in
            // A link that leads elsewhere is none of ours.
            SymbolicLink.target(of: context.absolute(name)) == nil
                ? nil : (try? arguments.path("./" + name)).map { (name: name, path: $0) }
        }
        let valid = try store.database.validPaths(among: links.map(\.path))
        return links.filter { valid.contains($0.path) }
    }
}
