import Primitives
import Recipes
import StoreModel
import Testing

/// Node.js from source.
@Suite struct NodeTests {
    static let lowered = Result {
        try PackageGraph.nodeos(for: .x8664).lower(["node-check-final"], in: .nodeos)
    }

    static func derivation(_ name: String) throws -> Derivation {
        try #require(
            lowered.get().derivations.first { $0.derivation.name == name }, "no derivation \(name)"
        ).derivation
    }

    static func path(_ name: String, output: String = "out") throws -> String {
        StoreDirectory.nodeos.path(of: try #require(derivation(name).outputs[output]?.path))
    }

    /// The final toolchain stands where the seeds stand in earlier packages, and python before it.
    @Test func isBuiltWithTheFinalToolchain() throws {
        let node = try Self.derivation("node-final-18.20.4")
        let toolchain = try Self.path("toolchain-final")
        #expect(node.builder.string == toolchain + "/bin/bash")
        #expect(node.variable("seeds") == toolchain)
        #expect(
            node.variable("PATH")
                == "\(try Self.path("python-final-3.11.2"))/bin:\(toolchain)/bin")
    }

    /// It may name what programs link, and nothing that built it.
    @Test func mayNotLeadToWhatBuiltIt() throws {
        let node = try Self.derivation("node-final-18.20.4")
        let references = try #require(node.variable("disallowedReferences")).split(separator: " ")
        #expect(references.contains { $0.hasSuffix("-toolchain-final") })
        #expect(references.contains { $0.hasSuffix("-python-final-3.11.2") })
        let requisites = try #require(node.variable("disallowedRequisites"))
        for earlier in ["seeds", "gcc-cross-boot0-12.2.0", "musl-boot0-1.2.3"] {
            #expect(requisites.contains(try Self.path(earlier)), "may lead to \(earlier)")
        }
        #expect(!requisites.contains(try Self.path("musl-final-1.2.3")))
    }

    /// Origin: the list of files in Debian's own description of the source package, nodejs
    /// 18.20.4+dfsg-1~deb12u2 (`Checksums-Sha256` of the `.dsc`).
    @Test(arguments: [
        (
            "nodejs_18.20.4+dfsg.orig.tar.xz",
            "6ce58062c71eae37d9c5ac31eeaeff9c2d48561d21c2849179d056c9c1bd9ebc"
        ),
        (
            "nodejs_18.20.4+dfsg-1-deb12u2.debian.tar.xz",
            "9740da86ce7f8c554b7e71308df9903834c2aaadca01c76ac49d0b895f2afa52"
        ),
    ]) func hasDebiansSources(name: String, sha256: String) throws {
        let wanted = try Self.lowered.get().derivations.map(\.derivation).filter {
            $0.variable("outputHash") == sha256
        }
        #expect(wanted.count == 1)
        #expect(wanted.first?.name == name)
    }

    /// Every patch of Debian has a verdict and a reason, and all that close a hole are applied.
    @Test func everyPatchIsJudged() throws {
        let lines = String(decoding: ScriptFile.nodeDebianPatches.bytes, as: UTF8.self)
            .split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(lines.count == 42)
        for line in lines {
            let words = line.split(separator: " ", maxSplits: 2)
            try #require(words.count == 3, "no reason: \(line)")
            #expect(["apply", "skip"].contains(words[0]), "\(line)")
            if words[1].lowercased().contains("cve") { #expect(words[0] == "apply", "\(line)") }
        }
    }

    /// The check runs that node by that musl, and expects the version that node was built with.
    @Test func theCheckAsksThatNode() throws {
        let check = try Self.derivation("node-check-final")
        #expect(check.variable("node") == (try Self.path("node-final-18.20.4")))
        #expect(check.variable("musl") == (try Self.path("musl-final-1.2.3")))
        #expect(check.variable("gccLib") == (try Self.path("gcc-final-12.2.0", output: "lib")))
        let version = try Self.derivation("node-final-18.20.4").variable("nodeosVersion")
        #expect(check.variable("nodeosVersion") == version)
        // What the system says of itself beside node.
        let release = String(decoding: ScriptFile.barebonesRelease.bytes, as: UTF8.self)
        #expect(release.contains("\nVERSION_ID=\(version ?? "?")\n"))
    }

    /// Questions stand in pairs of lines: what is typed, and the answer.
    @Test func questionsHaveAnswers() throws {
        let lines = String(decoding: ScriptFile.nodeCheckQuestions.bytes, as: UTF8.self)
            .split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(lines.count.isMultiple(of: 2))
        #expect(lines.contains("os.nodeos"))
    }

    @Test(arguments: zip(CPU.allCases, ["x64", "ia32", "arm64", "arm"]))
    func everyProcessorHasNodesName(cpu: CPU, name: String) {
        #expect(cpu.nodeName == name)
    }
}
