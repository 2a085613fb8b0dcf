import Foundation
import Glibc
import Primitives
import TestSupport
import Testing

/// Runs that are stopped, killed, or run twice at once: what is valid is whole, the next run
/// completes.
@Suite(.timeLimit(.minutes(40))) struct InterruptionTests {
    /// Digits that no other process has on its command line.
    private let mark = "\(UInt64.random(in: 1_000_000_000 ... 9_999_999_999))"

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP]) func aSignalStopsEverything(signal: Int32) throws {
        var store = try StoreFixture()
        let item = try store.derive(
            "long", "echo half > $out; trap '' INT TERM HUP; sleep 100\(mark); sleep 100\(mark)")
        let running = try store.start(["realise", item.drv])
        try waitUntil("the builder sleeps") { store.hasProcess("100" + mark) }
        running.send(signal)
        let result = try running.wait()
        #expect(result.status == 130, "\(result.error)")
        #expect(result.error.contains("interrupted"))
        #expect(result.output.isEmpty)
        #expect(!store.hasProcess("100" + mark))
        #expect(store.scratch() == [])
        #expect(try store.strays() == [])
        #expect(try !store.isValid(item.output()))
    }

    /// Ctrl-Z: the builders have other sessions, and stop all the same; no time passes for their limits.
    @Test func stoppedTheBuildersStopToo() throws {
        var store = try StoreFixture()
        let item = try store.derive(
            "long", "sleep 2.\(mark) & sh -c 'sleep 3.\(mark)'; wait; echo done > $out")
        let running = try store.start(["realise", "--timeout", "12", item.drv])
        try waitUntil("the builders sleep") {
            store.hasProcess("2." + mark) && store.processes("3." + mark).count >= 2
        }
        let all = store.processes(mark)
        running.send(SIGTSTP)
        try waitUntil("all stop") { (all + [running.id]).allSatisfy(store.isStopped) }
        usleep(12_500_000)
        #expect(all.allSatisfy(store.isStopped))
        running.send(SIGCONT)
        let result = try running.wait()
        #expect(result.status == 0, "\(result.error)")
        #expect(try store.contents(item.output()) == "done\n")
        // A second time, and killed while it is stopped.
        let other = try store.derive("other", "sleep 50.\(mark)")
        let second = try store.start(["realise", other.drv])
        try waitUntil("the builder sleeps") { store.hasProcess("50." + mark) }
        for _ in 0..<2 {
            second.send(SIGTSTP)
            try waitUntil("it stops") {
                (store.processes(mark) + [second.id]).allSatisfy(store.isStopped)
            }
            second.send(SIGCONT)
            try waitUntil("it goes on") {
                !(store.processes(mark) + [second.id]).contains(where: store.isStopped)
            }
        }
        second.send(SIGTSTP)
        try waitUntil("it stops") { store.isStopped(second.id) }
        second.send(SIGKILL)
        _ = try second.wait()
        try waitUntil("the builder is gone") { !store.hasProcess("50." + mark) }
    }

    @Test func aKilledBuildTakesItsBuildersAlongAndIsDoneAgain() throws {
        var store = try StoreFixture()
        let item = try store.derive(
            "long", "mkdir $out; echo half > $out/file; sleep 2.000\(mark); echo whole > $out/file")
        let running = try store.start(["realise", item.drv])
        try waitUntil("the builder sleeps") { store.hasProcess("2.000" + mark) }
        running.send(SIGKILL)
        #expect(try running.wait().status == 128 + SIGKILL)
        try waitUntil("the builder is gone", limit: 1.5) { !store.hasProcess("2.000" + mark) }
        #expect(try !store.isValid(item.output()))
        try store.realise(item)
        #expect(try store.contents(item.output() + "/file") == "whole\n")
        #expect(store.scratch() == [])
        #expect(try store.strays() == [])
    }

    /// Where builds are made one after another goes with the program, whatever ends it.
    @Test func whatIsKeptBetweenBuildsGoesWithAKilledProgram() throws {
        var store = try StoreFixture()
        let first = try store.derive("first", "echo > $out")
        let item = try store.derive("second", "sleep 30.000\(mark)", inputs: [first])
        let running = try store.start(["realise", item.drv])
        try waitUntil("the builder sleeps") { store.hasProcess("30.000" + mark) }
        let isView = { (name: String) in name.hasPrefix("view-") }
        #expect(store.scratch().contains(where: isView))
        running.send(SIGKILL)
        _ = try running.wait()
        try waitUntil("it is gone") { !store.scratch().contains(where: isView) }
    }

    @Test func aKilledDownloadGoesOnWhereItWas() throws {
        let body = (0..<500_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 9) }
        let server = try LoopbackServer { request in
            let answer = LoopbackServer.Response.ranged(body, for: request)
            return request.number == 0 ? answer.broken(after: 200_000, .stall) : answer
        }
        var store = try StoreFixture(withTools: false)
        let item = try store.fetch("file", [server.url("/file")], .hash(body))
        let running = try store.start(["realise", item.drv])
        try waitUntil("200 000 bytes are there") { partialSize(store) >= 200_000 }
        running.send(SIGKILL)
        #expect(try running.wait().status == 128 + SIGKILL)
        #expect(try !store.isValid(item.output()))
        try store.realise(item)
        #expect(server.requests.map(\.rangeStart) == [nil, 200_000])
        #expect(store.scratch() == [])
    }

    @Test func anInterruptedDownloadGoesOnWhereItWas() throws {
        let body = (0..<500_000).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ $0 >> 9) }
        let server = try LoopbackServer { request in
            let answer = LoopbackServer.Response.ranged(body, for: request)
            return request.number == 0 ? answer.broken(after: 123_456, .stall) : answer
        }
        var store = try StoreFixture(withTools: false)
        let item = try store.fetch("file", [server.url("/file")], .hash(body))
        let running = try store.start(["realise", item.drv])
        try waitUntil("the beginning is there") { partialSize(store) >= 123_456 }
        running.send(SIGINT)
        #expect(try running.wait().status == 130)
        try store.realise(item)
        #expect(server.requests.map(\.rangeStart) == [nil, 123_456])
    }

    private func partialSize(_ store: StoreFixture) -> Int {
        let folder = store.real("/nodeos/store/.builds")
        return store.scratch().reduce(0) { size, name in
            var status = stat()
            let path = "\(folder)/\(name)/build/download.partial"
            return unsafe stat(path, &status) == 0 ? size + Int(status.st_size) : size
        }
    }

    /// Killed at whatever moment, again and again: nothing half valid, and in the end the same.
    @Test func killedAtAnyMomentTheEndIsTheSame() throws {
        func chain(_ store: inout StoreFixture) throws -> StoreFixture.Item {
            var last = try store.derive("step-0", "mkdir $out; echo 0 > $out/text")
            for number in 1...5 {
                last = try store.derive(
                    "step-\(number)",
                    "mkdir $out; cat \(last.output())/text > $out/text; echo $in \(number) >> $out/text",
                    inputs: [last], variables: ["in": last.output()])
            }
            return last
        }
        var store = try StoreFixture()
        let goal = try chain(&store)
        for delay in stride(from: 10_000, through: 400_000, by: 30_000) {
            let running = try store.start(["realise", goal.drv])
            usleep(useconds_t(delay))
            running.send(SIGKILL)
            _ = try running.wait()
            // Every question still has an answer.
            #expect(try store.run("query", "roots").status == 0)
        }
        try store.realise(goal)
        #expect(try store.strays() == [])
        #expect(store.scratch() == [])
        var other = try StoreFixture()
        try other.realise(try chain(&other))
        #expect(
            try store.run("query", "hash", goal.output()).lines
                == other.run("query", "hash", goal.output()).lines)
    }

    @Test func twoRunsAtOnceBuildOnce() throws {
        var store = try StoreFixture()
        let item = try store.derive(
            "once", "sleep 1; cat /proc/sys/kernel/random/uuid > $out; echo $out >> $out")
        let runs = try (0..<3).map { _ in try store.start(["realise", item.drv]) }
        let results = try runs.map { try $0.wait() }
        for result in results {
            #expect(result.status == 0, "\(result.error)")
            #expect(result.lines == [item.output()])
        }
        // One of them said that it builds; the others waited.
        #expect(results.count { $0.error.contains("building once") } == 1)
        #expect(results.count { $0.error.contains("waiting for the lock of 'once'") } == 2)
        #expect(try store.strays() == [])
    }

    /// One is killed while the other waits for it: the other takes over.
    @Test func theOneThatWaitsTakesOver() throws {
        var store = try StoreFixture()
        let item = try store.derive("handover", "sleep 6.000\(mark); echo done > $out")
        let first = try store.start(["realise", item.drv])
        try waitUntil("the builder sleeps") { store.hasProcess("6.000" + mark) }
        let second = try store.start(["realise", item.drv])
        try waitUntil("the second waits") { second.error.contains("waiting for the lock") }
        first.send(SIGKILL)
        _ = try first.wait()
        let result = try second.wait()
        #expect(result.status == 0, "\(result.error)")
        #expect(try store.contents(item.output()) == "done\n")
    }

    /// Different goals with a common dependency, in two processes, while a third adds files.
    @Test func severalProcessesShareAStore() throws {
        var store = try StoreFixture()
        let common = try store.derive("common", "sleep 0.3; echo common > $out")
        let goals = try (0..<4).map { number in
            try store.derive(
                "goal-\(number)", "cat \(common.output()) > $out; echo \(number) >> $out",
                inputs: [common])
        }
        let runs = try goals.map { try store.start(["realise", $0.drv, "--jobs", "2"]) }
        let added = try store.start(["add", "--name", "again", store.directory.file("tools")])
        for run in runs + [added] {
            let result = try run.wait()
            #expect(result.status == 0, "\(result.error)")
        }
        #expect(try store.contents(goals[3].output()) == "common\n3\n")
        #expect(try store.strays() == [])
    }

    @Test func whoWaitsForALockCanBeStopped() throws {
        var store = try StoreFixture()
        let item = try store.derive("held", "sleep 100\(mark)")
        let first = try store.start(["realise", item.drv])
        try waitUntil("the builder sleeps") { store.hasProcess("100" + mark) }
        let second = try store.start(["realise", item.drv])
        try waitUntil("the second waits") { second.error.contains("waiting for the lock") }
        second.send(SIGTERM)
        #expect(try second.wait().status == 130)
        #expect(store.hasProcess("100" + mark))
        first.send(SIGINT)
        #expect(try first.wait().status == 130)
    }

    @Test func nohupIsMeant() throws {
        var store = try StoreFixture()
        let item = try store.derive("steady", "sleep 1.0000\(mark); echo > $out")
        let running = try ChildProcess(
            ["nohup", store.binary, "--root", store.root, "realise", item.drv],
            environment: store.environment)
        try waitUntil("the builder sleeps") { store.hasProcess("1.0000" + mark) }
        running.send(SIGHUP)
        #expect(try running.wait().status == 0)
    }
}
