/// What makes a package's output.
package enum BuildSystem: Sendable, Hashable {
    /// `builtin:unpack`: unpacks the package's sources over each other.
    case unpack(UnpackLayout)
    /// A build script, run by `bash -e` of the seeds; `setup.sh` comes along.
    case script(ScriptFile, seeds: PackageReference)
    /// A build script run by a program given in full: for what comes before there are seeds.
    case program(Value, arguments: [Value])

    /// Whether a script runs with the usual variables.
    var isScript: Bool {
        if case .script = self { true } else { false }
    }
}
