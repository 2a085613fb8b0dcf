import Primitives
import Recipes
import StoreModel
import Testing

/// What the final toolchain builds: Python, QEMU and what they need.
@Suite struct NativePackagesTests {
    static let names = [
        "zlib-final", "python-final", "ninja-final", "pkgconf-final",
        "meson-final", "pcre2-final", "glib-final",
        "libfdt-final", "patch-final", "seabios-final", "qemu-final",
    ]

    /// The shell that starts it and all it finds by name come from the final toolchain.
    @Test(arguments: names) func isBuiltWithoutASeed(name: String) throws {
        let lowered = try ToolchainTests.graph.get().lower(
            ["qemu-final", "patch-final"], in: .nodeos)
        let package = try ToolchainTests.derivation(name, in: lowered)
        let toolchain = try ToolchainTests.derivation("toolchain-final", in: lowered)
        let programs = StoreDirectory.nodeos.path(
            of: try #require(toolchain.outputs["out"]?.path))
        #expect(package.builder.string == programs + "/bin/bash")
        #expect(package.variable("PATH")?.hasSuffix(programs + "/bin") == true)

        let earlier = lowered.derivations.filter {
            $0.derivation.name.hasPrefix("seeds") || $0.derivation.name.contains("-boot0")
        }
        let disallowed = try #require(package.variable("disallowedRequisites"))
        #expect(!earlier.isEmpty)
        for item in earlier {
            #expect(
                package.inputDerivations[item.path] == nil, "\(item.derivation.name) is an input")
        }
        let seeds = try ToolchainTests.derivation("seeds", in: lowered)
        #expect(disallowed.contains(try #require(seeds.outputs["out"]?.path).hashPart))
    }

    /// Machines and programs.
    @Test func qemuEmulatesEachProcessor() throws {
        let lowered = try ToolchainTests.lowered("qemu-final")
        let qemu = try ToolchainTests.derivation("qemu-final", in: lowered)
        #expect(qemu.variable("processors") == "x86_64 i386 aarch64 arm")
    }

    /// pkg-config finds the library that another names.
    @Test func qemuFindsItsLibraries() throws {
        let lowered = try ToolchainTests.lowered("qemu-final")
        let qemu = try ToolchainTests.derivation("qemu-final", in: lowered)
        let path = try #require(qemu.variable("PKG_CONFIG_PATH"))
        for library in ["glib-final", "pcre2-final", "zlib-final"] {
            #expect(path.contains("-\(library)-"), "\(library) is not on PKG_CONFIG_PATH")
        }
    }
}
