import Foundation
import Primitives
import Sandbox
import Synchronization
import Testing

/// How builds end, and that nothing of them stays.
@Suite(.timeLimit(.minutes(40))) struct LifecycleTests {
    /// A program that leaves a process behind which holds a lock on `/build/lock`.
    private static let daemon = """
        exec 9> lock; flock 9
        (setsid bash -c 'trap "" TERM HUP INT; (sleep 1000 & sleep 1000) & sleep 1000' \
            </dev/null >/dev/null 2>&1 &)

        """

    /// Whether nobody holds the lock that `daemon` took.
    private func isUnlocked(_ fixture: SandboxFixture, wait: Bool = false) throws -> Bool {
        let number = unsafe open(fixture.directory + "/build/lock", O_RDWR)
        try #require(number >= 0)
        defer { close(number) }
        return flock(number, wait ? LOCK_EX : LOCK_EX | LOCK_NB) == 0
    }

    @Test(arguments: [0, 1, 100, 128, 255])
    func exitStatus(_ status: Int32) async throws {
        let fixture = try await SandboxFixture()
        let outcome = try await fixture.run(fixture.request("exit \(status)"))
        #expect(outcome.ending == .exited(status))
    }

    @Test func signal() async throws {
        let fixture = try await SandboxFixture()
        let outcome = try await fixture.run(fixture.request("kill -SEGV $$"))
        #expect(outcome.ending == .signalled(SIGSEGV))
    }

    @Test func costsAreTold() async throws {
        let fixture = try await SandboxFixture()
        let outcome = try await fixture.run(
            fixture.request(
                "head -c 60000000 /dev/zero | tail -c 50000000 | sha256sum; true & wait"))
        #expect(outcome.succeeded)
        #expect(outcome.peakResidentBytes > 40_000_000)
        #expect(outcome.peakResidentBytes < 1_000_000_000)
        #expect(outcome.userTime > .milliseconds(1))
        #expect(outcome.startTime <= outcome.stopTime && outcome.startTime > 1_700_000_000)
        #expect(outcome.wallTime > .zero)
    }

    @Test func missingBuilderIsNamed() async throws {
        let fixture = try await SandboxFixture()
        var request = fixture.request("true")
        request.command = "/usr/bin/no-such-builder"
        await #expect {
            try await fixture.run(request)
        } throws: { error in
            guard case SandboxError.commandNotExecutable("/usr/bin/no-such-builder", _) = error
            else { return false }
            return true
        }
    }

    @Test func daemonsDieWithTheBuild() async throws {
        let fixture = try await SandboxFixture()
        let outcome = try await fixture.run(fixture.request(Self.daemon + "exit 0"))
        #expect(outcome.ending == .exited(0), "\(fixture.text)")
        #expect(try isUnlocked(fixture))
    }

    @Test func wallClockLimit() async throws {
        let fixture = try await SandboxFixture()
        let outcome = try await fixture.run(
            fixture.request(
                Self.daemon + "while :; do echo x; sleep 0.05; done",
                limits: .init(wallClock: .seconds(4), silence: .seconds(1000))))
        #expect(outcome.ending == .timedOut)
        #expect(fixture.text.hasPrefix("x\n"))
        #expect(try isUnlocked(fixture))
    }

    @Test func silenceLimit() async throws {
        let fixture = try await SandboxFixture()
        let outcome = try await fixture.run(
            fixture.request(
                Self.daemon + "echo x; sleep 1000",
                limits: .init(wallClock: .seconds(1000), silence: .seconds(4))))
        #expect(outcome.ending == .silent)
        #expect(fixture.text == "x\n")
        #expect(try isUnlocked(fixture))
    }

    @Test func logLimit() async throws {
        let fixture = try await SandboxFixture()
        let outcome = try await fixture.run(
            fixture.request(Self.daemon + "yes", limits: .init(logBytes: 100_001)))
        #expect(outcome.ending == .logTooLong)
        #expect(outcome.logBytes == 100_001)
        #expect(fixture.text.utf8.count == 100_001)
        #expect(try isUnlocked(fixture))
    }

    @Test func logOfExactlyTheLimit() async throws {
        let fixture = try await SandboxFixture()
        let outcome = try await fixture.run(
            fixture.request("printf 12345", limits: .init(logBytes: 5)))
        #expect(outcome.ending == .exited(0))
        #expect(fixture.text == "12345")
    }

    @Test func longLogIsWhole() async throws {
        let fixture = try await SandboxFixture()
        let count = Mutex(0)
        let outcome = try await fixture.sandbox.run(
            fixture.request("head -c 100000000 /dev/zero; echo >&2")
        ) { chunk in
            #expect(chunk.count <= 65_536)
            count.withLock { $0 += chunk.count }
        }
        #expect(outcome.succeeded)
        #expect(count.withLock { $0 } == 100_000_001)
        #expect(outcome.logBytes == 100_000_001)
    }

    @Test func cancellation() async throws {
        let fixture = try await SandboxFixture()
        let request = fixture.request(Self.daemon + "echo ready; sleep 1000")
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        let outcome = try await withThrowingTaskGroup(of: BuildOutcome.self) { group in
            group.addTask { try await fixture.sandbox.run(request) { _ in start.yield() } }
            for await _ in started { break }
            group.cancelAll()
            return try await group.next()
        }
        #expect(outcome?.ending == .cancelled)
        #expect(try isUnlocked(fixture))
    }

    @Test func cancelledBeforeTheStart() async throws {
        let fixture = try await SandboxFixture()
        let outcome = try await withThrowingTaskGroup(of: BuildOutcome.self) { group in
            group.cancelAll()
            group.addTask { try await fixture.run(fixture.request("sleep 1000")) }
            return try await group.next()
        }
        #expect(outcome?.ending == .cancelled)
    }

    @Test func errorOfTheLogStopsTheBuild() async throws {
        struct DiskFull: Error {}
        let fixture = try await SandboxFixture()
        await #expect(throws: DiskFull.self) {
            try await fixture.sandbox.run(
                fixture.request(Self.daemon + "echo x; sleep 1000")
            ) { _ in throw DiskFull() }
        }
        #expect(try isUnlocked(fixture))
    }

    /// A bomb of 400: what a build may not start, it did not start.
    @Test func processLimit() async throws {
        let fixture = try await SandboxFixture()
        let probe = try await SandboxProbe.run(
            in: fixture.directory)
        if case .unlimited(let reason)? = probe.processLimit {
            try Test.cancel("no limit: \(reason)")
        }
        let bomb = "for ((i = 0; i < 400; i++)); do sleep 1000 & echo $i; done; kill -KILL -1; true"
        let request = fixture.request(bomb, limits: .init(processes: 60))
        let outcome = try await fixture.run(request)
        let started = fixture.text.split(separator: "\n").compactMap { Int($0) }.last ?? 0
        #expect((40..<60).contains(started), "\(outcome.ending): \(fixture.text.suffix(300))")
        #expect(fixture.text.contains("Resource temporarily unavailable"))
        // Without the limit it is no bomb.
        #expect(try await fixture.run(fixture.request(bomb)).ending == .exited(0))
        #expect(fixture.text.contains("\n399\n"))
    }

    /// The kernel sends a parent's death signal when the *thread* that forked ends, and a task's threads come
    /// and go: a build outlives them.
    @Test func buildsOutliveIdleThreads() async throws {
        let fixture = try await SandboxFixture()
        let builds = Task { try await fixture.run(fixture.request("sleep 7; echo done")) }
        let outcome = try await builds.value
        #expect(outcome.ending == .exited(0))
        #expect(fixture.text == "done\n")
    }

    @Test func manyAtOnce() async throws {
        let fixtures = try await withThrowingTaskGroup(of: SandboxFixture.self) { group in
            for _ in 0..<40 { group.addTask { try await SandboxFixture() } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        try await withThrowingTaskGroup(of: BuildOutcome.self) { group in
            for (number, fixture) in fixtures.enumerated() {
                group.addTask {
                    try await fixture.run(fixture.request("sleep 0.2; echo \(number)"))
                }
            }
            for try await outcome in group { #expect(outcome.succeeded) }
        }
        for (number, fixture) in fixtures.enumerated() { #expect(fixture.text == "\(number)\n") }
    }
}
