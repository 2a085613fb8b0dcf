/// Seed packages that are unpacked together.
public struct SeedGroup: Sendable, Hashable {
    /// The name, as `toolchain`.
    public let name: String
    /// Why there is such a group, in a sentence.
    public let reason: String
    /// The packages, in the order they are unpacked.
    public let packages: [SeedPackage]
}
