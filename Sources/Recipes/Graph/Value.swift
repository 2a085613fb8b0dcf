/// The value of one variable in a builder's environment, or one of its arguments. What a value names
/// becomes an input of the derivation.
package enum Value: Sendable, Hashable, ExpressibleByStringInterpolation {
    /// A text as it is.
    case text(String)
    /// The store path of an output of a package, and what follows it, as `/bin`.
    case output(PackageReference, output: String = "out", suffix: String = "")
    /// The store path of a downloaded file.
    case source(Source)
    /// The store path of a file that comes along.
    case contents(BuildFile)
    /// Several values, one after the other with `separator` between.
    case list([Value], separator: String = " ")

    /// A text.
    package init(stringLiteral value: String) { self = .text(value) }

    /// The store path of a file that this program carries.
    package static func file(_ file: ScriptFile) -> Value { .contents(file.file) }

    /// The `bin` folders of `packages`, as a search path.
    package static func searchPath(_ packages: [PackageReference]) -> Value {
        .list(packages.map { .output($0, suffix: "/bin") }, separator: ":")
    }
}
