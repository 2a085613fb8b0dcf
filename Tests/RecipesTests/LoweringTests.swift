import Primitives
import Recipes
import StoreModel
import Testing

@Suite struct LoweringTests {
    static func lowered(_ names: [String] = ["barebones-preview-check"]) throws -> LoweredGraph {
        try PackageGraph.nodeos(for: .x8664).lower(names, in: .nodeos)
    }

    /// Across processes and machines: see ``GoldenPathTests``.
    @Test func isTheSameEveryTime() throws {
        #expect(try Self.lowered() == Self.lowered())
    }

    @Test func inputsComeFirst() throws {
        let graph = try Self.lowered()
        var known = Set(graph.texts.map(\.path))
        for item in graph.derivations {
            #expect(item.derivation.references.isSubset(of: known), "\(item.derivation.name)")
            #expect(known.insert(item.path).inserted, "twice: \(item.derivation.name)")
        }
        #expect(graph.goals.allSatisfy { known.contains($0) })
    }

    /// The checks that a store makes of any derivation (`docs/formats/derivation.md`), and the text's own
    /// path.
    @Test func everyDerivationIsOneToTrust() throws {
        let graph = try Self.lowered()
        var hashes: [StorePath: QuotientHash] = [:]
        for item in graph.derivations {
            let parsed = try Derivation(
                parsing: item.text, name: item.derivation.name, in: .nodeos)
            #expect(parsed == item.derivation)
            #expect(try parsed.file(in: .nodeos).path == item.path)
            try parsed.checkInvariants(inputHashes: hashes, in: .nodeos)
            hashes[item.path] = try parsed.quotientHash(inputHashes: hashes, in: .nodeos)
        }
    }

    @Test func textsAreNamedByTheirBytes() throws {
        for text in try Self.lowered().texts {
            let path = try StoreDirectory.nodeos.textPath(
                name: text.path.name, contents: Digest.hash(text.bytes), references: [])
            #expect(path == text.path)
        }
    }

    @Test func anotherStoreHasOtherPaths() throws {
        let other = try StoreDirectory("/nix/store")
        let graph = try PackageGraph.nodeos(for: .x8664)
        let here = try graph.lower(["seeds"], in: .nodeos)
        let there = try graph.lower(["seeds"], in: other)
        #expect(Set(here.derivations.map(\.path)).isDisjoint(with: there.derivations.map(\.path)))
        #expect(here.derivations.count == there.derivations.count)
    }

    @Test func everyRecipeCanBeLowered() throws {
        let graph = try PackageGraph.nodeos(for: .x8664)
        #expect(!graph.recipes.isEmpty)
        for recipe in graph.recipes {
            let lowered = try graph.lower([recipe.name], in: .nodeos)
            #expect(lowered.goals == [try #require(lowered.derivations.last).path])
            #expect(!recipe.summary.isEmpty)
        }
    }

    /// A graph is coloured by these.
    @Test func everyDerivationSaysItsStage() throws {
        let stages = ["fetch", "seed", "boot", "final", "system", "check"]
        for item in try Self.lowered().derivations {
            let stage = try #require(item.derivation.variable("stage"))
            #expect(stages.contains(stage))
            #expect((stage == "fetch") == (item.derivation.fixedOutput != nil))
        }
    }

    @Test func thePreviewMayNotLeadToItsSeeds() throws {
        let graph = try Self.lowered()
        let seeds = try #require(graph.derivations.first { $0.derivation.name == "seeds" })
        let path = try #require(seeds.derivation.outputs["out"]?.path)
        for name in ["barebones-preview", "linux-preview", "initramfs-preview"] {
            let item = try #require(graph.derivations.first { $0.derivation.recipeName == name })
            #expect(
                item.derivation.variable("disallowedRequisites")
                    == StoreDirectory.nodeos.path(of: path))
        }
    }

    @Test func downloadsAreFixedAndBuiltHere() throws {
        let graph = try Self.lowered(["linux-preview"])
        let fetch = try #require(
            graph.derivations.first { $0.derivation.name.hasPrefix("linux_") })
        let derivation = fetch.derivation
        #expect(derivation.builder == "builtin:fetchurl" && derivation.system == "builtin")
        #expect(derivation.variable("urls")?.hasPrefix("mirror://debian/") == true)
        #expect(derivation.variable("outputHashMode") == "flat")
        #expect(derivation.variable("size").flatMap { Int64($0) } ?? 0 > 100_000_000)
    }
}
