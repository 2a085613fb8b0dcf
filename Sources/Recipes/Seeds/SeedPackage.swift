/// One downloaded binary package that a system is bootstrapped from.
package struct SeedPackage: Sendable, Hashable {
    /// The distribution's name for it.
    package let name: String
    /// The distribution's version.
    package let version: String
    /// Where it is and what it must be, with its size.
    package let source: Source
    /// Why it cannot be done without, in a sentence.
    package let reason: String
}
