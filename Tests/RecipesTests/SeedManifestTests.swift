import Foundation
import Primitives
import Recipes
import Testing

@Suite struct SeedManifestTests {
    static let groups = (try? SeedManifest.embedded(for: .x8664).groups) ?? []

    @Test func theCarriedManifestIsTheOneOfTheRepository() throws {
        let url = ScriptTests.root.appending(path: "bootstrap-seeds/x86_64-linux.json")
        let read = try SeedManifest(parsing: [UInt8](Data(contentsOf: url)), system: "x86_64-linux")
        #expect(try SeedManifest.embedded(for: .x8664) == read)
    }

    @Test(arguments: groups) func everySeedSaysWhatItIsAndWhy(group: SeedGroup) {
        #expect(group.reason.hasSuffix("."))
        #expect(!group.packages.isEmpty)
        #expect(Set(group.packages.map(\.name)).count == group.packages.count)
        for package in group.packages {
            #expect(package.reason.hasSuffix("."), "\(package.name)")
            #expect(!package.version.isEmpty)
            #expect(package.source.digest.algorithm == .sha256)
            #expect((package.source.size ?? 0) > 0)
            // The suite that no longer changes, and no server by name.
            #expect(package.source.url.hasPrefix("mirror://debian/pool/main/"))
            #expect(package.source.url.hasSuffix(".deb"))
        }
    }

    @Test func namesEachGroupThatRecipesUse() {
        #expect(Self.groups.map(\.name) == ["toolchain", "node", "qemu"])
    }

    @Test(arguments: CPU.allCases.filter { $0 != .x8664 })
    func processorsWithoutSeedsAreNamed(cpu: CPU) {
        #expect(throws: RecipesError.noSeeds(system: cpu.system)) {
            try PackageGraph.nodeos(for: cpu)
        }
    }

    @Test(arguments: [
        ("", "line 1"), ("[]", "no text 'system'"), (#"{"system":"s390x-linux"}"#, "it is for"),
        (#"{"system":"x86_64-linux"}"#, "no list 'groups'"),
        (
            #"{"system":"x86_64-linux","groups":[{"name":"a","reason":"b.","packages":[{"name":"c"}]}]}"#,
            "c has no 'size'"
        ),
    ]) func damageIsNamed(text: String, message: String) {
        let error = #expect(throws: RecipesError.self) {
            try SeedManifest(parsing: Array(text.utf8), system: "x86_64-linux")
        }
        #expect(error.map { "\($0)".contains(message) } == true, "\(error.map { "\($0)" } ?? "")")
    }
}
