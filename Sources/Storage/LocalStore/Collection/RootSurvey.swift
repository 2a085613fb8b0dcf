import Archives
import Primitives

/// What the links and files in the roots directory are worth, each of them.
public struct RootSurvey: Sendable {
    /// Those that keep a path, sorted by link. The path need not be valid.
    public internal(set) var roots: [StoreRoot] = []
    /// Those that keep nothing, because what they lead to is gone or is something else.
    public internal(set) var stale: [StaleRoot] = []
    /// Those that lead where nobody can look now. They may keep something.
    public internal(set) var unreadable: [UnreadableRoot] = []

    /// Sorts everything by link.
    mutating func sort() {
        roots.sort { $0.link < $1.link }
        stale.sort { $0.link < $1.link }
        unreadable.sort { $0.link < $1.link }
    }
}

/// A link in the roots directory that may keep something: it leads to a user's link that cannot be
/// read now.
public struct UnreadableRoot: Hashable, Sendable {
    /// The link in the roots directory.
    public let link: String
    /// The user's link that it points to.
    public let target: String
    /// Why that cannot be read.
    public let reason: String

    /// An unreadable root from its parts.
    public init(link: String, target: String, reason: String) {
        self.link = link
        self.target = target
        self.reason = reason
    }
}
