import Foundation
import Primitives
import Sandbox
import Testing

/// A build does not outlive the process that runs it.
@Suite(.timeLimit(.minutes(40)), .serialized) struct OwnDeathTests {
    /// SIGKILL in the middle of a build: nothing can be tidied, and still all its processes die.
    @Test func buildDiesWithItsProcess() async throws {
        let fixture = try await SandboxFixture()
        let directory = fixture.directory
        await #expect(processExitsWith: .signal(SIGKILL)) { [directory = directory as String] in
            let sandbox = try Sandbox()
            let script: ByteString = """
                exec 9> lock; flock 9
                (setsid bash -c 'trap "" TERM HUP INT; sleep 1000 & sleep 1000' &)
                echo ready; sleep 1000
                """
            let request = BuildRequest(
                inputs: SandboxFixture.hostInputs, command: "/usr/bin/bash",
                arguments: ["-c", script], environment: ["PATH": "/usr/bin"],
                storeDirectory: SandboxFixture.storeDirectory, hostDirectory: directory)
            _ = try await sandbox.run(request) { _ in kill(getpid(), SIGKILL) }
        }
        // Waits until the last process that holds the lock is gone.
        let number = unsafe open(directory + "/build/lock", O_RDWR)
        #expect(number >= 0)
        #expect(flock(number, LOCK_EX) == 0)
        close(number)
        try waitUntilGone(directory)
    }

    /// SIGKILL while the build is still being set up.
    @Test func buildDiesDuringItsStart() async throws {
        for delay in stride(from: 0, to: 12_000, by: 400) {
            let fixture = try await SandboxFixture()
            let directory = fixture.directory
            await #expect(processExitsWith: .signal(SIGKILL)) {
                [directory = directory as String, delay = delay as Int] in
                let sandbox = try Sandbox()
                let request = BuildRequest(
                    inputs: SandboxFixture.hostInputs, command: "/usr/bin/bash",
                    arguments: ["-c", "sleep 1000; : \(directory)"],
                    environment: ["PATH": "/usr/bin"],
                    storeDirectory: SandboxFixture.storeDirectory, hostDirectory: directory)
                async let build = sandbox.run(request) { _ in }
                usleep(useconds_t(delay))
                kill(getpid(), SIGKILL)
                _ = try await build
            }
            try waitUntilGone(directory)
        }
    }

    /// What the builder's end is when process 1 is killed, as the kernel does for want of memory.
    @Test func buildDiesWithItsFirstProcess() async throws {
        let fixture = try await SandboxFixture()
        let directory = fixture.directory
        let outcome = try await fixture.sandbox.run(
            fixture.request("exec 9> lock; flock 9; echo ready; sleep 1000; : \(directory)")
        ) { _ in
            for builder in try processes(with: directory)
            where builder.commandLine.hasPrefix("/usr") {
                kill(try parent(of: builder.number), SIGKILL)
            }
        }
        #expect(outcome.ending == .signalled(SIGKILL))
        #expect(try processes(with: directory).isEmpty)
    }

    private func parent(of process: Int32) throws -> Int32 {
        let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("PPid:") })
        return try #require(Int32(line.dropFirst(5).filter(\.isNumber)))
    }

    /// Waits until no process has `text` on its command line.
    private func waitUntilGone(_ text: String) throws {
        while try !processes(with: text).isEmpty { usleep(10_000) }
    }

    private func processes(with text: String) throws -> [(number: Int32, commandLine: String)] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc")
            .compactMap { Int32($0) }.filter { $0 != getpid() }
            .compactMap { number in
                (try? String(contentsOfFile: "/proc/\(number)/cmdline", encoding: .utf8))
                    .map { (number, $0) }
            }
            .filter { $0.1.contains(text) }
    }
}
