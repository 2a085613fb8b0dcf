import Recipes
import Testing

/// Which variables a script reads and sets, as far as its text shows.
@Suite struct ScriptCheckTests {
    private func findings(_ script: String, _ environment: [String: Value] = [:]) -> [String] {
        Package(
            "x", stage: .own,
            buildSystem: .build(
                BuildFile(name: "build.sh", bytes: Array(script.utf8)),
                setup: BuildFile(name: "setup.sh", bytes: Array("fromSetup=1".utf8)),
                seeds: seeds, shell: "bin/bash"), environment: environment
        ).scriptFindings.map { "\($0)" }
    }

    private let seeds: PackageReference

    init() throws {
        var graph = PackageGraph(for: .x8664)
        seeds = try graph.add(Package("seeds", stage: .seed, buildSystem: .unpack(.plain)))
    }

    private func unset(_ script: String) -> [String] {
        findings(script).compactMap { finding in
            finding.firstMatch(of: #/reads \$(\w+)/#).map { String($0.1) }
        }
    }

    @Test func whatIsReadAndNotSetIsFound() {
        #expect(
            unset("echo $a \"${b}\" \"${c%x}\" ${#d}\n$(echo $e)\ncat <<E\n$f\nE\n") == [
                "a", "b", "c", "d", "e", "f",
            ])
        #expect(
            findings("true\necho $a") == [
                "build.sh, line 2: reads $a, which neither the recipe nor the build sets"
            ])
    }

    @Test(arguments: [
        "a=1; echo $a", "for a in 1 2; do echo $a; done", "read -r a; echo $a",
        "local a=1\necho $a",
        "while IFS= read -r a b; do echo $a$b; done", "echo ${a-} ${a:-x} ${a+x}; echo $a",
        "echo '$a'", "echo \\$a \"\\$a\"", "# $a\necho x#y", "cat <<'E'\n$a\nE\n",
        "cat <<-\"E\"\n\t$a\n\tE\n", "awk '{ print $a\n}' x", "a+=(1); echo ${a[@]}",
        "echo $out $name $NIX_BUILD_CORES $HOME $1 $? $$ $# $@", "eval x=1; echo $a",
        ". \"$setup\"\necho $fromSetup", ". ./x.sh; echo $a", "echo $'\\'$a'",
    ])
    func whatIsSetOrMayBeIsNot(script: String) { #expect(unset(script) == []) }

    @Test func whatIsSetAndNotReadIsFound() {
        #expect(
            findings("echo $a", ["a": "1", "b": "2", "CFLAGS": "3"])
                == ["build.sh does not read $b, which the recipe sets"])
        let file = BuildFile(name: "lib.sh", bytes: Array("echo $b\nc=1".utf8))
        #expect(findings(". \"$lib\"\necho $c", ["lib": .contents(file), "b": "2"]) == [])
    }

    /// The scripts of NodeOS say nothing that is not so: each of them builds.
    @Test func theScriptsOfNodeOSHaveNoUnsetVariables() throws {
        let graph = try PackageGraph.nodeos(for: .x8664)
        for package in graph.packages {
            let unset = package.scriptFindings.filter {
                if case .unset = $0 { true } else { false }
            }
            #expect(unset == [], "\(package.fullName)")
        }
    }
}
