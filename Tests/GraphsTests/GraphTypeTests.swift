import Graphs
import Primitives
import StoreModel
import Testing

/// What becomes of derivations in each type of graph.
@Suite struct GraphTypeTests {
    /// As this project's recipes are lowered: a shell of the stage that `seeds` names, a compiler
    /// that the recipe names, a library, a program, and downloads and scripts for each.
    private func project() throws -> (DerivationFixture, program: StorePath, library: StorePath) {
        var fixture = DerivationFixture()
        let deb = try fixture.add("sh.deb", isFixed: true)
        let seeds = try fixture.add("seeds", stage: "seed", inputs: [deb])
        let script = try fixture.path("build.sh")
        func package(_ name: String, _ stage: String, _ inputs: [StorePath]) throws -> StorePath {
            let source = try fixture.add("\(name).tar.xz", isFixed: true)
            return try fixture.add(
                name, stage: .init(stage), inputs: [seeds, source] + inputs, sources: [script],
                builder: seeds)
        }
        let compiler = try package("gcc-boot0", "boot0", [])
        let library = try package("zlib-final", "final", [compiler])
        let program = try package("node-final", "final", [compiler, library])
        return (fixture, program, library)
    }

    @Test func packagesHideWhatEveryBuildHas() throws {
        let (fixture, program, _) = try project()
        let graph = try fixture.graph(of: program).packages(as: .package)
        #expect(graph.relation == .package)
        #expect(graph.names == ["gcc-boot0", "node-final", "zlib-final"])
        #expect(
            graph.arrows == [
                "node-final → gcc-boot0", "node-final → zlib-final", "zlib-final → gcc-boot0",
            ])
        let node = try #require(graph.nodes.first { $0.isRoot })
        #expect(node.count == 3)
        #expect(node.members.sorted() == ["build.sh", "node-final.tar.xz"])
    }

    @Test func bagsShowIt() throws {
        let (fixture, program, _) = try project()
        let graph = try fixture.graph(of: program)
        let bag = graph.packages(as: .bag)
        #expect(bag.names == ["seeds", "gcc-boot0", "node-final", "zlib-final"])
        #expect(
            bag.edges.filter(\.isImplicit).map { bag.nodes[$0.to].name } == [
                "seeds", "seeds", "seeds",
            ])
        #expect(bag.edges.count == 6)
        let sources = graph.packages(as: .bagWithSources)
        #expect(
            sources.names == [
                "seeds", "sh.deb", "gcc-boot0", "gcc-boot0.tar.xz", "node-final",
                "node-final.tar.xz", "zlib-final", "zlib-final.tar.xz",
            ])
        #expect(sources.arrows.contains("seeds → sh.deb"))
    }

    @Test func reversePackagesLeadToUsers() throws {
        let (fixture, program, library) = try project()
        let graph = try DependencyGraph.derivations(
            of: [library], among: [library, program],
            read: { path in try #require(fixture.byPath[path]) }
        ).packages(as: .reversePackage)
        #expect(graph.arrows == ["zlib-final → node-final"])
        #expect(graph.nodes.filter(\.isRoot).map(\.name) == ["zlib-final"])
    }

    @Test func stagesCount() throws {
        let (fixture, program, _) = try project()
        let plain = try fixture.graph(of: program)
        let sizes = plain.nodes.flatMap(\.outputs).map { ($0, UInt64(1000)) }
        let graph = plain.addingSizes(Dictionary(uniqueKeysWithValues: sizes)).stages()
        #expect(graph.names == ["seed", "boot", "final"])
        #expect(graph.nodes.map(\.count) == [2, 3, 4])
        #expect(graph.nodes.map(\.size) == [2000, 3000, 4000])
        #expect(graph.nodes[2].members == ["2 final builds", "2 fetches", "4.0 kB"])
        #expect(graph.nodes.map(\.identifier) == ["stage-seed", "stage-boot", "stage-final"])
        #expect(graph.arrows == ["boot → seed", "final → seed", "final → boot"])
        #expect(graph.edges.map(\.count) == [1, 2, 4])
    }

    @Test func sourcesOfEachPackage() throws {
        let (fixture, program, _) = try project()
        let graph = try fixture.graph(of: program).sources()
        #expect(graph.arrows.contains("node-final → node-final.tar.xz"))
        #expect(graph.arrows.contains("node-final → zlib-final"))
        #expect(graph.arrows.contains("zlib-final → zlib-final.tar.xz"))
        #expect(graph.arrows.contains("node-final → seeds"))
        // Between packages that were not asked for, nothing.
        #expect(!graph.arrows.contains("zlib-final → gcc-boot0"))
        #expect(graph.nodes.count == 9)
    }

    /// Guix's form: Guile builds, a computed origin, modules, a graft, standard packages.
    @Test func guixGraphsFoldToo() throws {
        var fixture = DerivationFixture()
        let guile = try fixture.add("guile-3.0.9")
        let gcc = try fixture.add("gcc-11.3.0", inputs: [guile], builder: guile)
        let tar = try fixture.add("tar-1.34", inputs: [guile, gcc], builder: guile)
        let modules = try fixture.add("module-import-compiled", inputs: [guile], builder: guile)
        let download = try fixture.add("hello-2.12.tar.gz", isFixed: true)
        let origin = try fixture.add(
            "hello-2.12.tar.xz", inputs: [download, tar, guile], builder: guile)
        let gettext = try fixture.add(
            "gettext-0.21", inputs: [guile, gcc, tar, modules], builder: guile)
        let hello = try fixture.add(
            "hello-2.12", inputs: [origin, gettext, guile, gcc, tar, modules], builder: guile)
        let grafted = try fixture.add(
            "hello-2.12", inputs: [hello, guile, modules], builder: guile,
            variables: ["guix properties": "((type . graft) (graft (count . 1)))"])
        let graph = try fixture.graph(of: grafted)
        let package = graph.packages(as: .package)
        #expect(package.arrows == ["hello-2.12 → gettext-0.21"])
        #expect(package.nodes.first { $0.isRoot }?.path == grafted)
        let bag = graph.packages(as: .bag)
        #expect(
            bag.names == ["gcc-11.3.0", "gettext-0.21", "guile-3.0.9", "hello-2.12", "tar-1.34"])
        let sources = graph.packages(as: .bagWithSources)
        #expect(sources.arrows.contains("hello-2.12 → hello-2.12.tar.xz"))
        #expect(sources.arrows.contains("hello-2.12.tar.xz → hello-2.12.tar.gz"))
    }
}
