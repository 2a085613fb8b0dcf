import Foundation
import Primitives
import StoreModel
import TestSupport
import Testing

/// Names of recipes where a store path is expected, and what is said when there is neither.
@Suite struct RecipeArgumentTests {
    let store: StoreFixture
    /// The working directory.
    let folder: String

    init() throws {
        store = try StoreFixture(withTools: false)
        folder = store.directory.file("folder")
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
    }

    /// Runs the command in the working directory.
    private func run(_ arguments: String...) throws -> ChildProcess.Result {
        try ChildProcess(
            ["/bin/sh", "-c", "cd \"$1\" && shift && exec \"$@\"", "sh", folder, store.binary]
                + ["--root", store.root] + arguments, environment: store.environment
        ).wait()
    }

    private func link(_ name: String, to path: String) throws {
        try FileManager.default.createSymbolicLink(
            atPath: folder + "/" + name, withDestinationPath: path)
    }

    private func drv(_ recipe: String) throws -> String {
        try store.succeed("instantiate", recipe).lines[0]
    }

    @Test func realiseMakesTheDerivationOfARecipe() throws {
        let result = try run("realise", "--dry-run", "--json", "barebones-preview")
        #expect(result.status == 0, "\(result.error)")
        let plan = try JSONValue(parsing: Array(result.output.utf8))
        let builds = plan["build"]?.array?.compactMap(\.string) ?? []
        // Before 'instantiate' could have added it.
        let known = builds.filter { $0.hasSuffix("-barebones-preview.drv") }
        #expect(known.count == 1)
        #expect(try store.isValid(known.first ?? ""))
        #expect(try drv("barebones-preview") == known.first)
    }

    @Test func outputsOfARecipeCanBeChosen() throws {
        let result = try run("realise", "--dry-run", "gcc-static-boot0!out")
        #expect(result.status == 0, "\(result.error)")
        #expect(try run("realise", "--dry-run", "gcc-static-boot0!nonsense").status == 1)
    }

    @Test func questionsWriteNothing() throws {
        try store.succeed("add", store.binary)
        for command in [
            ["graph"], ["query", "references"], ["sources"], ["shell"], ["audit", "seeds"],
            ["audit", "manifest"], ["audit", "provenance"], ["audit", "report"], ["audit", "sbom"],
        ] where command != ["shell"] {
            let result = try store.start(command + ["barebones"]).wait()
            #expect(result.status == 1, "\(command)")
            #expect(
                result.error.contains(" instantiate barebones' adds it"),
                "\(command): \(result.error)")
        }
        for command in [["size"], ["export"], ["verify"], ["gc", "--delete"]] {
            let result = try store.start(command + ["barebones"]).wait()
            #expect(result.status == 1, "\(command)")
            #expect(
                result.error.contains(" realise barebones' builds"),
                "\(command): \(result.error)")
        }
        let names = try FileManager.default.contentsOfDirectory(
            atPath: store.real("/nodeos/store"))
        #expect(names.filter { !$0.hasPrefix(".") && !$0.hasSuffix(".lock") }.count == 1)
        // A log is asked for by whom a build interests, whether or not the derivation is here.
        #expect(try run("log", "barebones").error.contains("it was never built here"))
    }

    @Test func questionsTakeRecipes() throws {
        let path = try drv("barebones-preview")
        for command in [["query", "references"], ["graph", "--format", "json"], ["sources"]] {
            let byName = try store.start(command + ["barebones-preview"]).wait()
            let byPath = try store.start(command + [path]).wait()
            #expect(byName.status == 0, "\(byName.error)")
            #expect(byName.output == byPath.output, "\(command)")
            #expect(!byName.output.isEmpty)
        }
        let shown = try run(
            "graph", "--path", "barebones-preview", "seeds-unpacked", "--format", "tree")
        #expect(shown.output.contains("seeds-unpacked"), "\(shown.error)")
        #expect(
            try run("why-rebuild", "barebones-preview", "barebones-preview").status == 0)
        let json = try run("derivation", "show", "barebones-preview")
        #expect(json.output == (try run("derivation", "show", path).output))
    }

    @Test func aFileOfThatNameWins() throws {
        let other = try store.succeed("add", store.binary).lines[0]
        try link("barebones", to: store.real(other))
        #expect(
            try run("query", "hash", "barebones").output
                == store.succeed("query", "hash", other).output)
        try Data().write(to: URL(filePath: folder + "/node-final"))
        let refused = try run("realise", "node-final")
        #expect(refused.status == 1)
        #expect(refused.error.contains("'node-final': this file is neither in the store"))
        #expect(refused.error.contains("to mean the recipe of that name"))
    }

    @Test func mistypedNamesAreToldApart() throws {
        try store.succeed("add", store.binary)
        for (arguments, sentences) in [
            (["realise", "barebnes"], ["no recipe 'barebnes'; did you mean 'barebones'?"]),
            (["graph", "Linux-Final"], ["no recipe 'Linux-Final'; did you mean 'linux-final'?"]),
            (["instantiate", "barebnes"], ["no recipe 'barebnes'; did you mean 'barebones'?"]),
            (["query", "hash", "frobnicate"], ["instantiate --list' shows the recipes"]),
            (
                ["realise", "barebones.drv"],
                ["no such file; ", " instantiate barebones -o barebones.drv' makes it"]
            ),
            (
                ["graph", "out/barebnes.drv"],
                [
                    "no such file; did you mean 'out/barebones.drv'?",
                    " instantiate barebones -o out/barebones.drv' makes it",
                ]
            ),
            (["log", "frobnicate.drv"], ["'frobnicate.drv': there is no such file"]),
            (["size", "./barebones"], ["there is no such file, and it is not in the store"]),
        ] {
            let result = try store.start(arguments).wait()
            #expect(result.status == 1, "\(arguments)")
            #expect(result.output.isEmpty)
            for sentence in sentences {
                #expect(result.error.contains(sentence), "\(arguments): \(result.error)")
            }
        }
    }

    // MARK: graph without a path

    @Test func graphOfThisDirectory() throws {
        let path = try drv("barebones-preview")
        let other = try store.succeed("add", store.binary).lines[0]
        try link("mine.drv", to: store.real(path))
        // Links elsewhere, to what is gone, and to what is built are none of its.
        try link("elsewhere", to: "/etc/passwd")
        try link(
            "gone.drv", to: store.real("/nodeos/store/\(String(repeating: "0", count: 32))-x.drv"))
        try link("result", to: store.real(other))
        let result = try run("graph", "--format", "dot")
        #expect(result.status == 0, "\(result.error)")
        #expect(result.error.contains("no path is given: this is the graph of 'mine.drv'"))
        #expect(try result.output == store.succeed("graph", "--format", "dot", path).output)
        // Not only the default format, and not only its long form.
        #expect(try run("graph", "show").output == result.output)
        #expect(try run("graph", "--critical-path").status == 0)
        try FileManager.default.removeItem(atPath: folder + "/mine.drv")
        let built = try run("graph", "--format", "json")
        #expect(built.error.contains("this is the graph of 'result'"))
        #expect(try built.output == store.succeed("graph", "--format", "json", other).output)
    }

    @Test func graphOfAllRoots() throws {
        let file = store.directory.file("keep.drv")
        let path = try store.succeed("instantiate", "barebones-preview", "-o", file).lines[0]
        try store.succeed("instantiate", "barebones-preview", "-o", file + "2")
        let alone = try store.succeed("graph", path).output
        let result = try run("graph")
        #expect(result.error.contains("this is the graph of all 2 roots"), "\(result.error)")
        #expect(result.output == alone)
        // A root that nothing is known of but its bytes has no place among derivations.
        let other = try store.succeed("add", store.binary).lines[0]
        let roots = store.real("/nodeos/var/nodeos/gcroots")
        try FileManager.default.createSymbolicLink(
            atPath: roots + "/other", withDestinationPath: other)
        let mixed = try run("graph")
        #expect(mixed.output == alone, "\(mixed.error)")
        #expect(
            mixed.error.contains("1 of them are left out: their derivations are not in this store"))
        let references = try run("graph", "--type", "references", "--format", "tree")
        #expect(references.error.contains("2 of them are left out: their outputs are not valid"))
        #expect(references.output.contains(URL(filePath: store.binary).lastPathComponent))
    }

    @Test func graphOfNothing() throws {
        try store.succeed("add", store.binary)
        let result = try run("graph")
        #expect(result.status == 1)
        #expect(result.output.isEmpty)
        #expect(result.error.contains("name a path or a recipe"), "\(result.error)")
    }
}
