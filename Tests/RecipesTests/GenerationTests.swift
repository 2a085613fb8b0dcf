import Primitives
import Recipes
import StoreModel
import Testing

/// The native toolchain built by itself.
@Suite struct GenerationTests {
    static let graph = Result { try PackageGraph.nodeos(for: .x8664, toolchainGenerations: 3) }

    /// The derivations of a generation that are of no earlier one, by name.
    private func made(_ generation: Int) throws -> [String: Derivation] {
        let names = PackageGraph.toolchainNames(generation: generation)
        let all = try Self.graph.get().lower(names, in: .nodeos).derivations
        let earlier =
            generation == 1
            ? []
            : try Self.graph.get().lower(
                PackageGraph.toolchainNames(generation: generation - 1), in: .nodeos
            ).derivations.map(\.path)
        let new = all.filter { !earlier.contains($0.path) }.map(\.derivation)
        return Dictionary(uniqueKeysWithValues: new.map { ($0.recipeName, $0) })
    }

    /// How many generations there are changes nothing of what is built from the first.
    @Test func theSystemIsBuiltByTheFirst() throws {
        let names = ["barebones", "barebones-check"]
        let one = try PackageGraph.nodeos(for: .x8664, toolchainGenerations: 1)
        let many = try PackageGraph.nodeos(for: .x8664, toolchainGenerations: 3)
        #expect(try one.lower(names, in: .nodeos) == many.lower(names, in: .nodeos))
        #expect(one.recipes == many.recipes)
        #expect(throws: RecipesError.self) { try one.reference(named: "gcc-final-generation2") }
    }

    /// Equal names, so that paths have equal lengths; other paths, because they are built by others.
    @Test(arguments: [2, 3]) func eachHasWhatTheFirstHas(generation: Int) throws {
        let first = try made(1).filter { $0.value.variable("stage") == "final" }
        let later = try made(generation)
        #expect(Set(later.keys) == Set(first.keys).union(Self.extra))
        for (name, derivation) in first {
            let other = try #require(later[name])
            #expect(other.name == derivation.name)
            #expect(Set(other.outputs.keys) == Set(derivation.outputs.keys))
            for (output, value) in derivation.outputs {
                #expect(other.outputs[output]?.path != value.path)
            }
            // The same script; of the environment only paths differ.
            #expect(other.arguments == derivation.arguments)
            #expect(Set(other.environment.keys) == Set(derivation.environment.keys))
        }
    }

    /// What stands in for the names of a cross toolchain, and the kernel's headers, made again.
    private static let extra: Set = ["target-names-final", "linux-headers-final"]

    @Test func eachIsBuiltByTheOneBeforeAndMayNotLeadToIt() throws {
        for generation in [2, 3] {
            let previous = try made(generation - 1)
            let shell = try #require(previous["toolchain-final"]?.outputs["out"]?.path)
            for (name, derivation) in try made(generation) where name != "toolchain-check-final" {
                let seeds = derivation.variable("seeds")
                #expect(seeds == StoreDirectory.nodeos.path(of: shell), "\(name)")
                guard name != "target-names-final" else { continue }
                let disallowed = try #require(derivation.variable("disallowedRequisites"))
                for earlier in previous.values
                where earlier.variable("stage") == "final"
                    && earlier.name != "toolchain-check-final"
                    && !Self.extra.contains(earlier.recipeName)
                {
                    for output in earlier.outputs.values {
                        let path = try #require(output.path)
                        #expect(
                            disallowed.contains(path.hashPart), "\(name) may lead to \(path)")
                    }
                }
            }
        }
    }
}
