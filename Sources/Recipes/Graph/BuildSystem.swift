/// What makes a package's output.
package enum BuildSystem: Sendable, Hashable {
    /// `builtin:unpack`: unpacks the package's sources over each other.
    case unpack(UnpackLayout)
    /// A build script, run with `-e` by a shell of the programs that stand for the seeds; a script to begin
    /// with comes along.
    case build(BuildFile, setup: BuildFile, seeds: PackageReference, shell: String)
    /// A build script run by a program given in full: for what comes before there are seeds.
    case program(Value, arguments: [Value])

    /// A build script that this program carries, run by the seeds' bash.
    static func script(_ script: ScriptFile, seeds: PackageReference) -> BuildSystem {
        .build(script.file, setup: ScriptFile.setup.file, seeds: seeds, shell: "bin/bash")
    }

    /// Whether a script runs with the usual variables.
    var isScript: Bool {
        if case .build = self { true } else { false }
    }
}
