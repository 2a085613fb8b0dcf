public import StoreModel

/// A link that keeps a store path, and so everything it refers to, from being collected.
public struct StoreRoot: Hashable, Sendable {
    /// How the path is kept.
    public enum Kind: Sendable, Hashable {
        /// By a link, or a file with its name, in the roots directory.
        case direct
        /// By a user's link that a link in the roots directory points to.
        case indirect
    }

    /// The real path of the link that points into the store.
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
