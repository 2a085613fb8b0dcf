public import StoreModel

/// What keeps a store path, and so everything it refers to, from being collected.
public struct StoreRoot: Hashable, Sendable {
    /// How the path is kept.
    public enum Kind: String, Sendable, Hashable {
        /// By a link, or a file with its name, in the roots directory.
        case direct
        /// By a user's link that a link in the roots directory points to.
        case indirect
        /// By a running process of this program that uses it.
        case temporary
        /// By any running process: an open or mapped file, its program, directory or environment.
        case runtime
        /// By the wish to keep what was used lately.
        case use
    }

    /// The real path of the link that points into the store; for roots without a link, of the file
    /// where the path was found.
    public let link: String
    /// The path that is kept.
    public let target: StorePath
    /// How.
    public let kind: Kind

    /// A root from its parts.
    public init(link: String, target: StorePath, kind: Kind) {
        self.link = link
        self.target = target
        self.kind = kind
    }
}

extension StoreRoot: CustomStringConvertible {
    /// What keeps the path, for a sentence that begins with "it is kept by".
    public var description: String {
        switch kind {
        case .direct, .indirect: "the root '\(link)'"
        case .temporary: "a running nodeos-store that uses it ('\(link)')"
        case .runtime: "a running process that uses it ('\(link)')"
        case .use: "its last use, which is not long ago"
        }
    }
}
