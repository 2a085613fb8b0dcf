/// Seed packages that are unpacked together.
package struct SeedGroup: Sendable, Hashable {
    /// The name, as `toolchain`.
    package let name: String
    /// Why there is such a group, in a sentence.
    package let reason: String
    /// The packages, in the order they are unpacked.
    package let packages: [SeedPackage]
}
