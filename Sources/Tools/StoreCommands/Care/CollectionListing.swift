import ArgumentParser

/// What `gc` lists instead of deleting.
enum CollectionListing: String, EnumerableFlag {
    /// The live paths and what keeps each.
    case printLive
    /// The dead paths.
    case printDead
    /// Everything that keeps something.
    case printRoots

    static func help(for value: CollectionListing) -> ArgumentHelp? {
        switch value {
        case .printLive: "List the paths that stay, each with a root that keeps it."
        case .printDead: "List the valid paths that no root reaches."
        case .printRoots: "List all roots, also running processes and builds."
        }
    }
}
