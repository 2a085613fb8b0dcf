import StoreDatabase
import StoreModel
import Testing

@Suite struct ReferenceCacheTests {
    typealias Fixture = DatabaseFixture

    /// `a` refers to `b`, `b` to `c`, `d` to `b`.
    private func fixture() throws -> (Fixture, ReferenceCache) {
        let fixture = try Fixture()
        try fixture.database.register([
            Fixture.info("a", ["b"]), Fixture.info("b", ["c"]), Fixture.info("c"),
            Fixture.info("d", ["b"]),
        ])
        return (fixture, ReferenceCache(of: fixture.database))
    }

    private func paths(_ names: String...) throws -> [StorePath] {
        try names.map(Fixture.path).sorted()
    }

    @Test func closuresAreThoseOfTheDatabase() throws {
        let (fixture, cache) = try fixture()
        for roots in [["a"], ["b"], ["d", "c"], ["a", "d"], []] {
            let roots = Set(try roots.map(Fixture.path))
            #expect(try cache.closure(of: roots) == fixture.database.closure(of: roots))
        }
        let missing = try Fixture.path("none")
        #expect(throws: StoreDatabaseError.self) {
            try cache.closure(of: [missing])
        }
    }

    @Test func newPathsJoin() throws {
        let (fixture, cache) = try fixture()
        _ = try cache.closure(of: [Fixture.path("a")])
        try fixture.database.register([Fixture.info("e", ["a", "d"])])
        #expect(try cache.closure(of: [Fixture.path("e")]) == paths("a", "b", "c", "d", "e"))
    }

    @Test func whatIsRegisteredAnewIsReadAnew() throws {
        let (fixture, cache) = try fixture()
        _ = try cache.closure(of: [Fixture.path("a")])
        try fixture.database.register([Fixture.info("a", ["c"])])
        #expect(try cache.closure(of: [Fixture.path("a")]) == paths("a", "c"))
        try fixture.database.invalidate([Fixture.path("a")])
        #expect(throws: StoreDatabaseError.self) {
            try cache.closure(of: [Fixture.path("a")])
        }
    }

    @Test func whatOthersChangeIsReadAnew() throws {
        let (fixture, cache) = try fixture()
        _ = try cache.closure(of: [Fixture.path("a")])
        let other = try fixture.reopened()
        try other.invalidate([Fixture.path("a")])
        #expect(throws: StoreDatabaseError.self) {
            try cache.closure(of: [Fixture.path("a")])
        }
        try other.register([Fixture.info("a", ["d"])])
        #expect(try cache.closure(of: [Fixture.path("a")]) == paths("a", "b", "c", "d"))
    }
}
