import Primitives
import Recipes
import StoreModel
import Testing

/// The system from source, as a graph.
@Suite struct BarebonesTests {
    static let graph = Result {
        try PackageGraph.nodeos(for: .x8664).lower(["barebones", "barebones-check"], in: .nodeos)
    }

    /// Derivations by name.
    static func derivations() throws -> [String: LoweredGraph.Item] {
        Dictionary(try graph.get().derivations.map { ($0.derivation.recipeName, $0) }) { first, _ in
            first
        }
    }

    /// The shell of the final toolchain builds the system, from final things and downloads: a seed is
    /// not even there while it is built.
    @Test func noSeedIsAnInputOfWhatTheFinalToolchainBuilds() throws {
        let lowered = try Self.graph.get()
        let all = try Self.derivations()
        let toolchain = try #require(all["toolchain-final"]?.derivation.outputs["out"]?.path)
        let shell = StoreDirectory.nodeos.path(of: toolchain) + "/bin/bash"
        let stages = Dictionary(
            uniqueKeysWithValues: lowered.derivations.map {
                ($0.path, $0.derivation.variable("stage"))
            })
        let built = lowered.derivations.filter { $0.derivation.builder.string == shell }
        let names = Set(built.map(\.derivation.recipeName))
        for name in [
            "barebones", "barebones-check", "linux-final", "node-final",
            "qemu-final", "python-final", "initramfs-final",
        ] {
            #expect(names.contains(name), "\(name) is built by something else")
        }
        for item in built {
            for input in item.derivation.inputDerivations.keys {
                let stage = stages[input] ?? nil
                #expect(
                    stage == "final" || stage == "system" || stage == "fetch",
                    "\(item.derivation.name) has the input \(input)")
            }
        }
    }

    @Test func mayLeadToNoSeedAndNoEarlierStage() throws {
        let all = try Self.derivations()
        let forbidden = try #require(
            all["barebones"]?.derivation.variable("disallowedRequisites"))
        for name in ["seeds", "musl-boot0", "gcc-cross-boot0"] {
            for output in try #require(all[name]).derivation.outputs.values {
                #expect(forbidden.contains(try #require(output.path).hashPart), "\(name)")
            }
        }
    }
}
