import Recipes
import StoreModel
import Testing

/// Recipe files as packages of a graph, without a disk.
@Suite struct RecipeLoaderTests {
    private func loader(_ files: [String: String], for cpu: CPU = .x8664) throws -> RecipeLoader {
        var graph = PackageGraph(for: cpu)
        let unpacked = try graph.add(
            Package(
                "seeds", stage: .seed, summary: "a shell", buildSystem: .unpack(.plain),
                sources: [
                    Source(
                        url: "https://example.org/a.tar", sha256: String(repeating: "0", count: 64))
                ]))
        _ = try graph.add(
            Package(
                "toolchain", stage: .final, summary: "tools",
                buildSystem: .program(.output(unpacked, suffix: "/x"), arguments: [])))
        return RecipeLoader(
            graph: graph,
            folders: RecipeFolders { folder, path throws(RecipeFolders.Refusal) in
                guard let text = files["\(folder)/\(path)"] else {
                    throw RecipeFolders.Refusal("there is none")
                }
                return RecipeFolders.File(
                    identity: Array("\(folder)/\(path)".utf8), bytes: Array(text.utf8))
            })
    }

    private static let recipe = """
        name = "x"
        version = "1"
        summary = "a test"
        [build]
        script = "build.sh"
        [variables]
        common = "for all"
        flags = "-O2"
        [processor.aarch64]
        version = "2"
        [processor.aarch64.variables]
        flags = "-O3"
        [processor.armv7.build]
        script = "other.sh"
        """

    @Test func processorsDiffer() throws {
        let files = [
            "x/recipe.toml": Self.recipe, "x/build.sh": "echo $common $flags",
            "x/other.sh": "echo $common $flags >&2",
        ]
        var packages: [CPU: Package] = [:]
        for cpu in CPU.allCases {
            var loader = try loader(files, for: cpu)
            let reference = try loader.add(folder: "x").package
            packages[cpu] = try loader.graph.package(reference)
        }
        #expect(packages[.x8664] == packages[.i686])
        #expect(packages[.aarch64]?.derivationName == "x-2")
        #expect(packages[.aarch64]?.environment["flags"] == "-O3")
        #expect(packages[.aarch64]?.environment["common"] == "for all")
        #expect(packages[.x8664]?.environment["flags"] == "-O2")
        guard case .build(let script, _, _, _) = packages[.armv7]?.buildSystem else {
            Issue.record("no script")
            return
        }
        #expect(script.name == "other.sh")
    }

    @Test func severalAddressesAreOneDownload() throws {
        let hash = String(repeating: "1", count: 64)
        var loader = try loader([
            "x/recipe.toml": """
            name = "x"
            version = "1"
            summary = "a test"
            [build]
            system = "make"
            [[sources]]
            urls = ["mirror://a/b.tar", "https://example.org/c.tar"]
            hash = "sha256:\(hash)"
            size = 5
            """
        ])
        let name = try loader.add(folder: "x").package.name
        let graph = try loader.graph.lower([name], in: .nodeos)
        let download = try #require(graph.derivations.first { $0.derivation.name == "b.tar" })
        let text = String(decoding: download.text, as: UTF8.self)
        #expect(text.contains("(\"urls\",\"mirror://a/b.tar https://example.org/c.tar\")"))
        #expect(text.contains("(\"size\",\"5\")"))
        #expect(text.contains(hash))
    }

    @Test func aFileIsLoadedOnce() throws {
        let part = "version = \"1\"\nsummary = \"a test\"\n"
        var loader = try loader([
            "x/recipe.toml":
                "name = \"x\"\n\(part)inputs = [\"./a\", \"./b\"]\n[build]\nscript = \"s.sh\"",
            "x/a/recipe.toml":
                "name = \"a\"\n\(part)tools = [\"./b.toml\"]\n[build]\nscript = \"s.sh\"",
            "x/b/recipe.toml": "name = \"b\"\n\(part)[build]\nscript = \"s.sh\"",
            "x/a/b.toml": "name = \"b2\"\nextends = \"./c.toml\"",
            "x/a/c.toml": "name = \"c\"\n\(part)[build]\nscript = \"s.sh\"",
            "x/s.sh": "", "x/a/s.sh": "", "x/b/s.sh": "",
        ])
        _ = try loader.add(folder: "x")
        _ = try loader.add(folder: "x/b")
        #expect(loader.loaded.values.map(\.file.name.value).sorted() == ["a", "b", "b2", "c", "x"])
    }
}
