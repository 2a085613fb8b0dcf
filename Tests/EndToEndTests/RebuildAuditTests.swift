import Foundation
import Primitives
import TestSupport
import Testing

/// `audit rebuild`: one builder for each thing that is varied, and the right one is blamed.
@Suite(.timeLimit(.minutes(40))) struct RebuildAuditTests {
    /// The record of one derivation.
    private func record(_ result: ChildProcess.Result) throws -> JSONValue {
        let answer = try JSONValue(parsing: Array(result.output.utf8))
        return try #require(answer["derivations"]?.array?.first, "\(result.error)")
    }

    private func blame(_ record: JSONValue) -> [[String]] {
        record["blame"]?.array?.map { $0.array?.compactMap(\.string) ?? [] } ?? []
    }

    @Test func whatDependsOnNothingIsTheSame() throws {
        var store = try StoreFixture()
        let input = try store.derive("input", "mkdir $out; echo one > $out/a; echo two > $out/b")
        let item = try store.derive(
            "steady", "mkdir $out; cat \(input.output())/* > $out/text", inputs: [input])
        try store.realise(item)
        let result = try store.run("audit", "rebuild", "--vary", "all", "--graph", item.drv)
        #expect(result.status == 0, "\(result.error)")
        #expect(result.output.contains("steady.drv: the same in 2 builds"))
        #expect(result.output.contains("input.drv: the same in 2 builds"))
        #expect(result.output.contains("2 derivations built again: 2 the same, 0 different"))
        #expect(store.scratch() == [])
        #expect(try store.strays() == [])
    }

    /// What each builder records of its surroundings.
    static let planted = [
        ("cores", "echo $NIX_BUILD_CORES; grep Cpus_allowed: /proc/self/status"),
        ("kernel-name", "hostname; cut -d' ' -f3 /proc/version; cat /proc/sys/kernel/osrelease"),
        // What stands behind a mount, without the names that are chance.
        (
            "path-root",
            "grep ' /build ' /proc/self/mountinfo | cut -d' ' -f4 | cut -d/ -f1-4"
                + " | sed 's/nodeos-store-.*/x/'"
        ),
        ("umask", "umask"), ("locale", "echo ${LANG-none} ${LC_ALL-none}"),
        ("time", "date -d @0 +%H:%M"),
        ("order", "touch 1 2 3 4 5 6 7; busybox find \"$input\" /build"),
    ]

    @Test(arguments: planted.indices) func theRightThingIsBlamed(index: Int) throws {
        let (name, script) = Self.planted[index]
        var store = try StoreFixture()
        let input = try store.derive(
            "input", "mkdir $out; for i in a b c d e f g h; do echo $i > $out/$i; done")
        let item = try store.derive(
            "planted", "(\(script)) > $out", inputs: [input], variables: ["input": input.output()])
        try store.realise(item)
        let before = try store.contents(item.output())
        let result = try store.run("audit", "rebuild", "--json", "--vary", "all", item.drv)
        #expect(result.status == 104, "\(result.error)")
        let record = try record(result)
        #expect(record["verdict"]?.string == "varies")
        // What lies in another directory is also listed in another order where that is memory.
        let blamed = blame(record).filter { name != "path-root" || $0 != ["order"] }
        #expect(blamed == [[name]], "\(result.output)")
        let difference = record["differences"]?.array?.first?["difference"]
        #expect(difference?["count"]?.integer == 1)
        #expect(try store.contents(item.output()) == before)
        #expect(store.scratch() == [])
    }

    @Test func clocksAndChanceAreToldApart() throws {
        var store = try StoreFixture()
        let clock = try store.derive("clock", "date > $out")
        let chance = try store.derive("chance", "cat /proc/sys/kernel/random/uuid > $out")
        for item in [clock, chance] { try store.realise(item) }
        let result = try store.run("audit", "rebuild", "--vary", "all", clock.drv, chance.drv)
        #expect(result.status == 104)
        #expect(result.output.contains("clock.drv: depends on time: another time stamp"))
        #expect(result.output.contains("chance.drv: not repeatable: differs each time"))
        #expect(result.output.contains("likely random bytes"))
        let json = try store.run("audit", "rebuild", "--json", clock.drv)
        #expect(blame(try record(json)) == [["time"]])
    }

    @Test func twoCausesAreBothFoundAndFailuresAreTold() throws {
        var store = try StoreFixture()
        let item = try store.derive("two", "umask > $out; echo ${LANG-none} >> $out")
        try store.realise(item)
        let two = try store.run("audit", "rebuild", "--json", "--vary", "all", item.drv)
        #expect(blame(try record(two)) == [["umask"], ["locale"]])
        // Without the variation that matters nothing is found.
        #expect(try store.run("audit", "rebuild", "--vary", "time,cores", item.drv).status == 0)
        let fragile = try store.derive("fragile", "test $(umask) = 0022; echo > $out")
        try store.realise(fragile)
        let result = try store.run("audit", "rebuild", "--vary", "all", fragile.drv)
        #expect(result.status == 100)
        #expect(result.output.contains("cannot be built again when varied: umask"))
    }

    @Test func whatCannotBeBuiltAgainIsSaid() throws {
        var store = try StoreFixture()
        let item = try store.derive("missing", "echo > $out")
        let result = try store.run("audit", "rebuild", item.drv)
        #expect(result.status == 3)
        #expect(result.output.contains("its outputs are not valid here; realise it first"))
        let wrong = try store.run("audit", "rebuild", "--vary", "weather", item.drv)
        #expect(wrong.status == 2)
        #expect(wrong.error.contains("--vary knows time, cores, kernel-name"))
    }
}
