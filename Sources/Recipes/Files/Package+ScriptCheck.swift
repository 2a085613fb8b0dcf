/// Something about a package's script that is probably a mistake.
package enum ScriptFinding: Sendable, Hashable, CustomStringConvertible {
    /// The script reads a variable that nothing sets.
    case unset(String, script: String, line: Int)
    /// The recipe sets a variable that the script does not read.
    case unread(String, script: String)

    /// The sentence a user reads.
    package var description: String {
        switch self {
        case .unset(let name, let script, let line):
            "\(script), line \(line): reads $\(name), which neither the recipe nor the build sets"
        case .unread(let name, let script):
            "\(script) does not read $\(name), which the recipe sets"
        }
    }
}

extension Package {
    /// What every builder has in its environment, and what shells set.
    private static let given: Set<String> = [
        "HOME", "PATH", "TMPDIR", "TEMPDIR", "TMP", "TEMP", "PWD", "OLDPWD", "TERM",
        "NIX_BUILD_TOP", "NIX_BUILD_CORES", "NIX_STORE", "NIX_LOG_FD", "IFS", "OPTIND", "OPTARG",
        "OPTERR", "RANDOM", "SECONDS", "LINENO", "PPID", "UID", "EUID", "HOSTNAME", "REPLY",
        "FUNCNAME", "PIPESTATUS", "HOSTTYPE", "MACHTYPE", "OSTYPE", "GROUPS", "SHELL", "SHLVL",
    ]

    /// What lowering sets for a script.
    private static let lowered: Set<String> = [
        "name", "version", "system", "stage", "setup", "seeds", "triple",
    ]

    /// Variables that its script reads and nothing sets, and the other way round. Names in capitals are for
    /// programs that the script calls, which nobody can look into.
    package var scriptFindings: [ScriptFinding] {
        guard case .build(let script, let setup, _, _) = buildSystem,
            // Nobody wrote a longer one by hand.
            script.bytes.count <= 1 << 20
        else { return [] }
        let main = ScriptVariables(script: script.bytes)
        var parts = [main]
        var open = main.sourced
        var seen: Set<String> = []
        var isOpaque = main.isOpaque
        while let variable = open.popFirst() {
            guard seen.insert(variable).inserted else { continue }
            var file: BuildFile?
            if variable == "setup" {
                file = setup
            } else if case .contents(let contents) = environment[variable] {
                file = contents
            }
            guard let file else {
                isOpaque = true
                continue
            }
            let part = ScriptVariables(script: file.bytes)
            open.formUnion(part.sourced)
            parts.append(part)
            // The setup's own ways are known.
            if variable != "setup" { isOpaque = isOpaque || part.isOpaque }
        }
        let assigned = parts.reduce(into: Set<String>()) { $0.formUnion($1.assigned) }
        let read = parts.reduce(into: Set<String>()) {
            $0.formUnion($1.required.keys)
            $0.formUnion($1.optional)
        }
        let set = Set(environment.keys).union(outputs).union(Self.given).union(Self.lowered)
            .union(sources.count == 1 ? ["src"] : sources.isEmpty ? [] : ["srcs"])
            .union(patches.isEmpty ? [] : ["patches"]).union(assigned)
        var findings: [ScriptFinding] = []
        if !isOpaque {
            for (name, line) in main.required.sorted(by: { ($0.value, $0.key) < ($1.value, $1.key) }
            )
            where !set.contains(name) && !main.optional.contains(name) && !name.hasPrefix("BASH") {
                findings.append(.unset(name, script: script.name, line: line))
            }
        }
        for name in environment.keys.sorted()
        where !read.contains(name) && name.contains(where: \.isLowercase)
            && !["inputs", "outputs", "src", "srcs", "checked"].contains(name)
            && !name.hasPrefix("checked_") && !name.hasPrefix("allowed")
            && !name.hasPrefix("disallowed") && !name.hasPrefix("preferLocal")
        {
            findings.append(.unread(name, script: script.name))
        }
        return findings
    }
}
