import Primitives
import Recipes
import StoreModel
import Testing

extension Derivation {
    /// Its name without the version, which stands in the recipe alone: `gcc-final`.
    var recipeName: String {
        guard let version = variable("version"), name.hasSuffix("-" + version) else { return name }
        return String(name.dropLast(version.count + 1))
    }
}

/// The toolchain from source.
@Suite struct ToolchainTests {
    static let graph = Result { try PackageGraph.nodeos(for: .x8664) }

    static func lowered(_ name: String) throws -> LoweredGraph {
        try graph.get().lower([name], in: .nodeos)
    }

    static func derivation(_ name: String, in lowered: LoweredGraph) throws -> Derivation {
        try #require(
            lowered.derivations.first { $0.derivation.recipeName == name }, "no derivation \(name)"
        ).derivation
    }

    @Test func hasTheFiveStepsInOrder() throws {
        let names = try Self.lowered("toolchain-final").derivations.map(\.derivation.recipeName)
        let steps = [
            "linux-headers-boot0", "binutils-cross-boot0",
            "gcc-static-boot0", "musl-boot0", "gcc-cross-boot0",
            "gcc-final",
        ]
        let places = steps.map { names.firstIndex(of: $0) }
        #expect(!places.contains(nil))
        #expect(places.compactMap { $0 } == places.compactMap { $0 }.sorted())
    }

    /// No final package may lead to a seed, or to any output of an earlier step.
    @Test(arguments: ["gcc-final", "musl-final", "busybox-final"])
    func finalPackagesNameWhatTheyMayNotLeadTo(name: String) throws {
        let lowered = try Self.lowered("toolchain-final")
        let disallowed = try #require(
            try Self.derivation(name, in: lowered).variable("disallowedRequisites"))
        for earlier in lowered.derivations
        where earlier.derivation.variable("stage") == "boot"
            || earlier.derivation.name == "seeds"
        {
            for output in earlier.derivation.outputs.values {
                let path = try #require(output.path)
                #expect(
                    disallowed.contains(path.hashPart),
                    "\(name) may lead to \(earlier.derivation.name)")
            }
        }
    }

    /// What is built with the final toolchain is started by its shell.
    @Test func theFinalCheckRunsWithoutTheSeeds() throws {
        let lowered = try Self.lowered("toolchain-check-final")
        let check = try Self.derivation("toolchain-check-final", in: lowered)
        let toolchain = try Self.derivation("toolchain-final", in: lowered)
        let path = try #require(toolchain.outputs["out"]?.path)
        let programs = StoreDirectory.nodeos.path(of: path) + "/bin"
        #expect(check.variable("PATH") == programs)
        #expect(check.builder.string == programs + "/bash")
        let stages = try check.inputDerivations.keys.map { path in
            try #require(lowered.derivations.first { $0.path == path }).derivation
                .variable("stage")
        }
        #expect(!stages.isEmpty && Set(stages) == ["final"])
    }

    @Test(arguments: CPU.allCases) func everyProcessorHasItsTriple(cpu: CPU) {
        #expect(cpu.targetTriple.hasPrefix(cpu.rawValue + "-nodeos-linux-musl"))
        #expect(cpu.muslLoader.hasPrefix("ld-musl-") && cpu.muslLoader.hasSuffix(".so.1"))
    }
}
