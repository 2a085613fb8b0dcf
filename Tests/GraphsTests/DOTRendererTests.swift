import Graphs
import Primitives
import StoreModel
import Testing

/// Graphs of derivations made up for the purpose, and their DOT text.
@Suite struct DOTRendererTests {
    @Test func kindsStagesAndOrder() throws {
        var derivations = DerivationFixture()
        let deb = try derivations.add("a.deb", stage: "fetch", isFixed: true)
        let seed = try derivations.add("tools-seed", stage: "seed", inputs: [deb])
        let script = try derivations.path("build.sh")
        let gcc = try derivations.add(
            "gcc-boot0", stage: "boot0", inputs: [seed], sources: [script])
        let system = try derivations.add("barebones", stage: "system", inputs: [gcc])
        let check = try derivations.add("barebones-check", stage: "check", inputs: [system])
        let graph = try derivations.graph(of: check)
        #expect(
            graph.nodes.map(\.name)
                == ["a.deb", "tools-seed", "build.sh", "gcc-boot0", "barebones", "barebones-check"])
        #expect(
            graph.nodes.map(\.kind) == [.fetch, .seed, .source, .build, .final, .check])
        #expect(
            graph.nodes.map(\.stage?.name)
                == ["seed", "seed", "boot", "boot", "system", "check"])
        #expect(graph.nodes.map(\.isRoot) == [false, false, false, false, false, true])
        #expect(graph.edges.count == 5)
        let text = String(decoding: DOTRenderer().render(graph), as: UTF8.self)
        for piece in [
            "cluster_seed", "cluster_boot", "cluster_system", "cluster_check", "shape=cylinder",
            "shape=hexagon", "shape=octagon", "shape=note", "label=\"gcc-boot0\"",
        ] {
            #expect(text.contains(piece), "\(piece)")
        }
        #expect(!text.contains("label=\"\(gcc.baseName)\""))
        let full = String(
            decoding: DOTRenderer(usesFullNames: true).render(graph), as: UTF8.self)
        #expect(full.contains("label=\"\(gcc.baseName)\""))
        #expect(try DOTRenderer().render(derivations.graph(of: check)) == Array(text.utf8))
    }

    @Test func depth() throws {
        var derivations = DerivationFixture()
        let bottom = try derivations.add("bottom")
        let middle = try derivations.add("middle", inputs: [bottom])
        let top = try derivations.add("top", inputs: [middle])
        for (depth, count) in [(0, 1), (1, 2), (2, 3), (9, 3)] {
            #expect(try derivations.graph(of: top, maximumDepth: depth).nodes.count == count)
        }
    }

    @Test func manyFetchesFoldIntoOne() throws {
        var derivations = DerivationFixture()
        var fetches: [StorePath] = []
        for number in 0..<13 { fetches.append(try derivations.add("f\(number)", isFixed: true)) }
        let shared = try derivations.add("shared", isFixed: true)
        let seed = try derivations.add("seed", inputs: fetches + [shared])
        let top = try derivations.add("top", inputs: [seed, shared])
        let plain = try derivations.graph(of: top)
        let sizes = plain.nodes.flatMap(\.outputs).map { ($0, UInt64(1_000_000)) }
        let graph = plain.addingSizes(Dictionary(uniqueKeysWithValues: sizes))
        #expect(graph.nodes.count == 16)
        #expect(graph.foldingLeaves(moreThan: 13).nodes.count == 16)
        let folded = graph.foldingLeaves()
        #expect(folded.nodes.count == 4)
        let fold = try #require(folded.nodes.first { $0.count > 1 })
        #expect(fold.count == 13)
        #expect(fold.size == 13_000_000)
        #expect(folded.edges.count == 4)
        let text = String(decoding: DOTRenderer().render(folded), as: UTF8.self)
        #expect(text.contains("label=\"13 fetches\\n13.0 MB\""))
        #expect(text.contains("14 fetches (cylinder)"))
    }

    @Test func strangeNamesAreQuoted() throws {
        var node = GraphNode(
            path: try StorePath(hash: [UInt8](repeating: 1, count: 20), name: "a?=b"), kind: .item)
        node.members = ["say \"hi\"\\", "tab\there"]
        let graph = DependencyGraph(relation: .references, nodes: [node], edges: [])
        let text = String(decoding: DOTRenderer().render(graph), as: UTF8.self)
        #expect(text.contains(#"say \"hi\"\\\ntab here"#))
    }
}
