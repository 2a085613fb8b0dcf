/// A link in the roots directory that keeps nothing any more.
public struct StaleRoot: Hashable, Sendable {
    /// The link in the roots directory.
    public let link: String
    /// Where it points to.
    public let target: String
    /// Why it keeps nothing.
    public let reason: String
    /// Whether a collection removes it: the user's link is certainly gone, or is something else.
    public let isRemovable: Bool

    /// A stale root from its parts.
    public init(link: String, target: String, reason: String, isRemovable: Bool) {
        self.link = link
        self.target = target
        self.reason = reason
        self.isRemovable = isRemovable
    }
}
