/// One downloaded binary package that a system is bootstrapped from.
public struct SeedPackage: Sendable, Hashable {
    /// The distribution's name for it.
    public let name: String
    /// The distribution's version.
    public let version: String
    /// Where it is and what it must be, with its size.
    public let source: Source
    /// Why it cannot be done without, in a sentence.
    public let reason: String
}
