/// A package that a person may ask for.
package struct Recipe: Sendable, Hashable {
    /// The name to ask by.
    package let name: String
    /// The version, when it has one.
    package let version: String?
    /// What it is, in one line.
    package let summary: String
}
