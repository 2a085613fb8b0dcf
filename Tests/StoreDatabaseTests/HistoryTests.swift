import StoreDatabase
import StoreModel
import Testing

@Suite struct HistoryTests {
    typealias Fixture = DatabaseFixture

    @Test func buildsAreRemembered() throws {
        let fixture = try Fixture()
        let derivation = try Fixture.path("gcc-14.drv")
        var build = BuildRecord(
            derivation: derivation, name: "gcc", startTime: 1000, stopTime: 61_000,
            userTime: .milliseconds(90_500), systemTime: .seconds(3), peakMemory: 1 << 30,
            status: .succeeded, machine: "host", log: "log/drvs/ab/cd.zst")
        try fixture.database.record(build: build)
        let first = build
        build.startTime = 100_000
        build.stopTime = 100_001
        build.status = .failed
        build.log = nil
        try fixture.database.record(build: build)
        #expect(try fixture.database.buildRecords(of: derivation) == [build, first])
        #expect(first.elapsed == .seconds(60))
        #expect(
            try fixture.database.lastBuildTimes(names: ["gcc", "none"]) == ["gcc": .seconds(60)])
    }

    @Test func useIsNotedCoarsely() throws {
        let fixture = try Fixture()
        let info = try Fixture.info("a")
        try fixture.database.register([info])
        try fixture.database.recordUse(of: [info.path], at: 1_000_010)
        #expect(try fixture.database.lastUseTimes() == [info.path: 1_000_000])
        try fixture.database.recordUse(of: [info.path, Fixture.path("none")], at: 1_010_000)
        #expect(try fixture.database.lastUseTimes() == [info.path: 1_010_000])
        try fixture.database.recordUse(of: [info.path], at: 5)
        #expect(try fixture.database.lastUseTimes() == [info.path: 1_010_000])
    }

    @Test func originsAreRemembered() throws {
        let fixture = try Fixture()
        let path = try Fixture.path("source.tar.gz")
        let one = FetchOrigin(output: path, url: "https://a.example/x", time: 5)
        let two = FetchOrigin(output: path, url: "https://b.example/x", time: 9)
        try fixture.database.record(origins: [one, two])
        #expect(try fixture.database.origins(of: path) == [two, one])
    }
}
