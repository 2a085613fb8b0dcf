/// A package that a person may ask for.
public struct Recipe: Sendable, Hashable {
    /// The name to ask by.
    public let name: String
    /// The version, when it has one.
    public let version: String?
    /// What it is, in one line.
    public let summary: String
}
