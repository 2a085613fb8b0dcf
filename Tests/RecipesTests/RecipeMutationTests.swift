import Foundation
import Recipes
import TOML
import TestSupport
import Testing

/// Near misses of recipes and scripts: whatever the bytes, there is an answer, and it names a place in the text.
@Suite struct RecipeMutationTests {
    private static let manual = ScriptTests.root.appending(path: "docs/manual/recipes.md")

    @Test func anyBytesAreARecipeOrAnError() throws {
        let samples = try String(contentsOf: Self.manual, encoding: .utf8).split(separator: "\n```")
            .filter { $0.hasPrefix("toml") }.map { Array($0.drop { $0 != "\n" }.utf8) }
        #expect(!samples.isEmpty)
        var random = TestSeed.generator()
        var mutator = Mutator(
            samples: samples,
            words: [
                "[build]", "[[sources]]", "[processor.x86_64]", "= ", "\"", "'''", "{", "}", "[",
                "]", ".",
                "\\u0000", "outputs = [\"out\"]", "system = \"make\"", "1e3", "2020-01-01", "#",
                "\n",
            ], seed: random.next())
        for _ in 0..<3_000 {
            let bytes = mutator.next()
            let lines = bytes.count { $0 == 0x0a } + 1
            do {
                _ = try RecipeFile(parsing: bytes, file: "x", for: .x8664)
                _ = try RecipeText(parsing: bytes, file: "x")
            } catch {
                #expect(!error.problems.isEmpty)
                for problem in error.problems {
                    #expect((1...lines).contains(problem.place?.line ?? 0), "\(TestSeed.shown)")
                }
            }
        }
    }

    @Test func anyBytesAreAScript() throws {
        var graph = PackageGraph(for: .x8664)
        let seeds = try graph.add(Package("seeds", stage: .seed, buildSystem: .unpack(.plain)))
        var random = TestSeed.generator()
        var mutator = Mutator(
            samples: ScriptFile.allCases.map(\.bytes),
            words: [
                "$", "${", "}", "$'", "'", "\"", "\\", "<<", "<<-'E'\n", "\nE\n", "#", ". \"$x\"",
                "source",
                "eval", "coproc", "for", "read", "=", "+=", "$(", "`", "((", "${!", "${#",
            ], seed: random.next())
        let setup = BuildFile(name: "setup.sh", bytes: [])
        for _ in 0..<300 {
            let script = BuildFile(name: "build.sh", bytes: mutator.next())
            let lines = script.bytes.count { $0 == 0x0a } + 1
            let package = Package(
                "x", stage: .own,
                buildSystem: .build(script, setup: setup, seeds: seeds, shell: "bin/bash"))
            for case .unset(_, _, let line) in package.scriptFindings {
                #expect((1...lines).contains(line), "\(TestSeed.shown)")
            }
        }
        // The shortest, whole: each of them ends where something is begun.
        for text in [
            "", "$", "${", "${#", "\\", "<<", "<<-", "'", "$'\\", "\"", ".", ". ", "source",
            "coproc",
        ] {
            let script = BuildFile(name: "build.sh", bytes: Array(text.utf8))
            let package = Package(
                "x", stage: .own,
                buildSystem: .build(script, setup: setup, seeds: seeds, shell: "bin/bash"))
            #expect(package.scriptFindings == [])
        }
    }
}
