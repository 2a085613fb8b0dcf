/// A package that stands in a ``PackageGraph``. Only adding a package gives one, so a package can
/// name only those added before it, and no graph has a cycle.
package struct PackageReference: Sendable, Hashable {
    /// The package's place in its graph.
    let index: Int
    /// The package's full name.
    package let name: String
}
