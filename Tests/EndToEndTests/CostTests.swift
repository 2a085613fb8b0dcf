import Foundation
import StoreModel
import TestSupport
import Testing

/// What builds and plans cost, counted in system calls, which no clock and no other load changes. A change that doubles
/// one of these is to be seen here; `docs/benchmarks.md` has the seconds.
@Suite(.timeLimit(.minutes(40))) struct CostTests {
    /// The system calls of a command and of all it starts, by name.
    private func calls(_ store: StoreFixture, _ arguments: [String]) throws -> [String: Int] {
        let table = store.directory.file("calls")
        let strace = ["strace", "-f", "-c", "-S", "name", "-o", table]
        let environment = store.environment
        guard
            let tried = try? ChildProcess(strace + ["true"], environment: environment).wait(),
            tried.status == 0
        else { try Test.cancel("no strace; Debian's package strace has it") }
        let result = try ChildProcess(
            strace + [store.binary, "--root", store.root] + arguments, environment: environment
        ).wait()
        try #require(result.status == 0, "\(result.error)")
        // "% time, seconds, usecs/call, calls, errors, syscall", where errors may be absent.
        let lines = try String(contentsOfFile: table, encoding: .utf8).split(separator: "\n")
        return lines.reduce(into: [:]) { counts, line in
            let words = line.split(separator: " ")
            guard words.count >= 5, let count = Int(words[3]), let name = words.last,
                name != "total"
            else { return }
            counts[String(name), default: 0] += count
        }
    }

    private func total(_ calls: [String: Int]) -> Int { calls.values.reduce(0, +) }

    /// A builder that says nothing, even one whose log has ended, is waited for and not asked.
    @Test func silenceCostsNothing() throws {
        var store = try StoreFixture()
        let short = try store.derive("short", "echo > $out; exec >/dev/null 2>&1; sleep 0.1")
        let long = try store.derive("long", "echo > $out; exec >/dev/null 2>&1; sleep 4")
        let first = total(try calls(store, ["realise", short.drv]))
        let second = total(try calls(store, ["realise", long.drv]))
        #expect(abs(second - first) < 300, "\(first), and \(second) for a longer silence")
    }

    /// A build costs what it costs, whatever was built before it.
    @Test func aBuildCostsSoManyCalls() throws {
        var store = try StoreFixture()
        let few = try (0..<2).map { try store.derive("few-\($0)", "echo > $out") }
        let many = try (0..<22).map { try store.derive("many-\($0)", "echo > $out") }
        let before = try calls(store, ["realise"] + few.map(\.drv))
        let after = try calls(store, ["realise"] + many.map(\.drv))
        let each = (total(after) - total(before)) / 20
        let most = after.filter { $0.value > 100 }.sorted { $0.value > $1.value }
        #expect(each < Self.callsOfABuild, "\(each) calls for each build: \(most)")
        // Our own process 1, and the builder: no other program, no copy of this one.
        let programs = (after["execve"] ?? 0) - (before["execve"] ?? 0)
        #expect(programs == 20)
    }

    /// Each output is on the disk before its row, and the row before anybody is told: a program that ends well
    /// would hide it, since SQLite syncs when it closes.
    @Test func eachBuildIsOnTheDisk() throws {
        var store = try StoreFixture()
        func syncs(_ count: Int) throws -> [Int] {
            let items = try (0..<count).map {
                try store.derive("sync-\(count)-\($0)", "echo > $out")
            }
            let calls = try calls(store, ["realise", "--jobs", "1"] + items.map(\.drv))
            return ["syncfs", "fdatasync"].map { calls[$0] ?? 0 }
        }
        for (few, many) in zip(try syncs(2), try syncs(12)) { #expect(many - few == 10) }
    }

    /// Measured: 470, the shell's own among them.
    private static let callsOfABuild = 800

    /// An input costs a fixed number of calls: it is mounted without a look at the others.
    @Test func anInputCostsSoManyCalls() throws {
        var store = try StoreFixture()
        let inputs = try (0..<120).map { try store.derive("input-\($0)", "echo > $out") }
        _ = try store.start(["realise"] + inputs.map(\.drv)).wait()
        let few = try store.derive("few", "echo > $out", inputs: Array(inputs[..<20]))
        let many = try store.derive("many", "echo > $out", inputs: inputs)
        let before = try calls(store, ["realise", few.drv])
        let after = try calls(store, ["realise", many.drv])
        #expect((after["move_mount"] ?? 0) - (before["move_mount"] ?? 0) == 100)
        let each = (total(after) - total(before)) / 100
        #expect(each < Self.callsOfAnInput, "\(each) calls for each input")
    }

    /// Measured: 24, with what the plan reads of it.
    private static let callsOfAnInput = 42

    /// What builds have in common is mounted once for each of those that run at a time, whatever the order: a chain in
    /// which each sees all before it makes as many mounts as there are links.
    @Test func aChainMountsEachInputOnce() throws {
        var store = try StoreFixture()
        func mounts(_ count: Int) throws -> Int {
            var links: [StoreFixture.Item] = []
            for number in 0..<count {
                links.append(
                    try store.derive("link-\(count)-\(number)", "echo > $out", inputs: links))
            }
            let last = try #require(links.last)
            return try calls(store, ["realise", "--jobs", "1", last.drv])["move_mount"] ?? 0
        }
        let each = (try mounts(40) - mounts(10)) / 30
        // Ten for each root directory; in the view, one more input.
        #expect(each <= 14, "\(each) mounts for each build")
    }

    /// The builder sees the mounts that are made for it and no others.
    @Test func aBuildHasTwelveMounts() throws {
        var store = try StoreFixture()
        let one = try store.derive("one", "echo > $out")
        let item = try store.derive(
            "item", "wc -l < /proc/self/mountinfo > $out", inputs: [one])
        // Root, store, /build, /proc, terminals, six devices; the tools, and the other input.
        #expect(try store.contents(try store.realise(item)) == "13\n")
    }

    /// A plan reads each derivation once, whatever the size of the graph.
    @Test func aPlanCostsSoManyCalls() throws {
        var store = try StoreFixture()
        let small = try calls(store, ["realise", "--dry-run", try chain(&store, 40)])
        let large = try calls(store, ["realise", "--dry-run", try chain(&store, 140)])
        let each = (total(large) - total(small)) / 100
        #expect(each < Self.callsOfAPlannedStep, "\(each) calls for each derivation: \(large)")
    }

    /// Measured: 12.
    private static let callsOfAPlannedStep = 21

    /// What a command asks of SQLite: statements that it compiles, and rows and ends that it steps to.
    private func statements(_ store: StoreFixture, _ arguments: [String]) throws -> (
        compiled: Int, steps: Int
    ) {
        let counters = store.directory.file("statements")
        // Of the command before, if there was one: else there is nothing to remove.
        try? FileManager.default.removeItem(atPath: counters)
        let result = try store.start(
            arguments,
            adding: [
                "LD_PRELOAD": try FaultLibrary.path("count-statements"),
                "STATEMENT_COUNTS": counters,
            ]
        ).wait()
        try #require(result.status == 0, "\(result.error)")
        let bytes = try [UInt8](Data(contentsOf: URL(filePath: counters)))
        func number(_ at: Int) -> Int {
            bytes[at..<at + 8].reversed().reduce(0) { $0 << 8 | Int($1) }
        }
        try #require(number(8) > 0, "nothing was counted")
        return (number(0), number(8))
    }

    /// A build asks the database so often, and what it asks was compiled once.
    @Test func aBuildCostsSoManySteps() throws {
        var store = try StoreFixture()
        let few = try (0..<2).map { try store.derive("few-\($0)", "echo > $out") }
        let many = try (0..<22).map { try store.derive("many-\($0)", "echo > $out") }
        let before = try statements(store, ["realise"] + few.map(\.drv))
        let after = try statements(store, ["realise"] + many.map(\.drv))
        let each = (after.steps - before.steps) / 20
        #expect(each < Self.stepsOfABuild, "\(each) steps for each build")
        let compiled = (after.compiled - before.compiled) / 20
        #expect(compiled < Self.compiledForABuild, "\(compiled) statements compiled for each build")
    }

    /// Measured: 29.
    private static let stepsOfABuild = 50
    /// Measured: 8, the beginnings and ends of transactions, which GRDB compiles each time.
    private static let compiledForABuild = 12

    /// A planned derivation is asked about once, and so is an input.
    @Test func aPlanCostsSoManySteps() throws {
        var store = try StoreFixture()
        let small = try statements(store, ["realise", "--dry-run", try chain(&store, 40)])
        let large = try statements(store, ["realise", "--dry-run", try chain(&store, 140)])
        let each = (large.steps - small.steps) / 100
        #expect(each < Self.stepsOfAPlannedStep, "\(each) steps for each derivation")
        #expect(large.compiled - small.compiled < 20)
    }

    /// Measured: 2.
    private static let stepsOfAPlannedStep = 4

    /// The last of so many derivations, each of which uses the one before.
    private func chain(_ store: inout StoreFixture, _ count: Int) throws -> String {
        var last: StoreFixture.Item?
        for number in 0..<count {
            last = try store.derive(
                "chain-\(count)-\(number)", "echo > $out", inputs: last.map { [$0] } ?? [])
        }
        return try #require(last).drv
    }
}
