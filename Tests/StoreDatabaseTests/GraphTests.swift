import StoreDatabase
import StoreModel
import Testing

@Suite struct GraphTests {
    typealias Fixture = DatabaseFixture

    /// A graph in which each item refers to some of those before it.
    private func randomInfos(count: Int, seed: UInt64) throws -> [PathInfo] {
        var state = seed
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        return try (0..<count).map { number in
            let references = number == 0 ? [] : (0..<next(4)).map { _ in "n\(next(number))" }
            return try Fixture.info("n\(number)", Array(Set(references)))
        }
    }

    @Test(arguments: [UInt64(1), 2, 3]) func closuresAgreeWithTheNaiveWay(seed: UInt64) throws {
        let fixture = try Fixture()
        let infos = try randomInfos(count: 200, seed: seed)
        try fixture.database.register(infos.reversed())
        let references = Dictionary(
            uniqueKeysWithValues: infos.map { ($0.path, $0.references) })
        let graph = try fixture.database.referenceGraph()
        for start in [0, 57, 199] {
            let root = infos[start].path
            var expected: Set<StorePath> = [root]
            var queue = [root]
            while let path = queue.popLast() {
                for next in references[path, default: []] where expected.insert(next).inserted {
                    queue.append(next)
                }
            }
            #expect(try fixture.database.closure(of: [root]) == expected.sorted())
            #expect(Set(graph.closure(of: [root])) == expected)
            let referrers = infos.map(\.path).filter { path in
                (try? fixture.database.closure(of: [path]).contains(root)) == true
            }
            #expect(try fixture.database.referrersClosure(of: [root]) == referrers.sorted())
        }
        #expect(graph.nodes.count == 200)
        #expect(try graph.topologicalOrder().count == 200)
    }

    @Test func sizesAndDeriversOfManyAtOnce() throws {
        let fixture = try Fixture()
        var made = try Fixture.info("made", size: 7)
        made.deriver = try Fixture.path("made.drv")
        var orphan = try Fixture.info("orphan", size: 8)
        orphan.deriver = try Fixture.path("gone.drv")
        try fixture.database.register([made, orphan, try Fixture.info("made.drv", size: 9)])
        let asked = try ["made", "orphan", "made.drv", "never"].map { try Fixture.path($0) }
        let sizes = try fixture.database.narSizes(among: asked)
        #expect(sizes == [asked[0]: 7, asked[1]: 8, asked[2]: 9])
        let derivers = try fixture.database.validDerivers(among: asked)
        #expect(derivers == [asked[0]: asked[2]])
        #expect(try fixture.database.narSizes(among: []).isEmpty)
    }

    @Test func aRootMustBeValid() throws {
        let fixture = try Fixture()
        #expect {
            try fixture.database.closure(of: [Fixture.path("none")])
        } throws: {
            if case StoreDatabaseError.notValid = $0 { true } else { false }
        }
        #expect(try fixture.database.closure(of: []).isEmpty)
    }
}
