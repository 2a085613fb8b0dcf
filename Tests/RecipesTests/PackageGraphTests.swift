import Recipes
import StoreModel
import Testing

@Suite struct PackageGraphTests {
    static func package(_ name: String, _ environment: [String: Value] = [:]) -> Package {
        Package(
            name, stage: .system, summary: "a test",
            buildSystem: .program("builtin:none", arguments: []), environment: environment)
    }

    @Test func twoOfOneNameAreRefused() throws {
        var graph = PackageGraph(for: .x8664)
        _ = try graph.add(Self.package("a"))
        #expect(throws: RecipesError.duplicatePackage("a")) { try graph.add(Self.package("a")) }
    }

    @Test func aReferenceOfAnotherGraphIsRefused() throws {
        var other = PackageGraph(for: .x8664)
        let foreign = try other.add(Self.package("b"))
        var graph = PackageGraph(for: .x8664)
        _ = try graph.add(Self.package("a", ["b": .output(foreign)]))
        #expect(throws: RecipesError.foreignReference("b")) {
            try graph.lower(["a"], in: .nodeos)
        }
    }

    @Test func anUnknownNameListsTheKnown() throws {
        var graph = PackageGraph(for: .x8664)
        _ = try graph.add(Self.package("a"))
        let error = #expect(throws: RecipesError.unknownRecipe("b", known: ["a"])) {
            try graph.lower(["b"], in: .nodeos)
        }
        #expect(error.map { "\($0)" } == "there is no recipe 'b'; there are: a")
    }

    @Test func anOutputThatIsNotThereIsRefused() throws {
        var graph = PackageGraph(for: .x8664)
        let a = try graph.add(Self.package("a"))
        _ = try graph.add(Self.package("b", ["a": .output(a, output: "dev")]))
        #expect(throws: RecipesError.unknownOutput("dev", package: "a")) {
            try graph.lower(["b"], in: .nodeos)
        }
    }

    @Test(arguments: ["name", "system", "stage"])
    func whatLoweringSetsCannotBeSet(variable: String) throws {
        var graph = PackageGraph(for: .x8664)
        _ = try graph.add(Self.package("a", [variable: "mine"]))
        #expect(throws: RecipesError.reservedVariable(variable, package: "a")) {
            try graph.lower(["a"], in: .nodeos)
        }
    }

    @Test func stagesAreSuffixes() {
        func name(_ stage: Stage) -> String {
            Package("gcc", version: "12", stage: stage, buildSystem: .unpack(.plain)).derivationName
        }
        #expect(name(.seed) == "gcc-seed-12")
        #expect(name(.boot(0)) == "gcc-boot0-12")
        #expect(name(.final) == "gcc-final-12")
        #expect(name(.system) == "gcc-12")
    }

    @Test func theTableHasEveryProcessor() {
        #expect(CPU.allCases.map(\.rawValue) == ["x86_64", "i686", "aarch64", "armv7"])
        for property in [\CPU.system, \.debianTriple, \.loaderName, \.qemuProgram] {
            #expect(Set(CPU.allCases.map { $0[keyPath: property] }).count == CPU.allCases.count)
        }
    }

    @Test func storeNamesHoldOnlyWhatTheyMay() throws {
        let digest = String(repeating: "0", count: 64)
        let source = try Source(url: "mirror://debian/a/b_1.0+x~rc1%3a2_all.deb", sha256: digest)
        #expect(source.storeName == "b_1.0+x-rc1-3a2_all.deb")
        #expect(throws: Never.self) { try StorePath.check(name: source.storeName) }
    }

    @Test func aBadDigestIsNamed() {
        let error = #expect(throws: RecipesError.self) {
            try Source(url: "mirror://a/b", sha256: "xyz")
        }
        #expect(error.map { "\($0)".contains("mirror://a/b") } == true)
    }
}
