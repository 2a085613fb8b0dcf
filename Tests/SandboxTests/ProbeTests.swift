import Foundation
import Primitives
import Sandbox
import Testing

/// What `doctor` asks, and the errors of machines that cannot build.
@Suite struct ProbeTests {
    @Test func thisMachine() async throws {
        let fixture = try await SandboxFixture()
        let probe = try await SandboxProbe.run(in: fixture.directory)
        #expect(probe.failure == nil)
        #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.directory) == [])
    }

    /// A shell in the sandbox has the caller's terminal.
    @Test func terminal() async throws {
        let fixture = try await SandboxFixture()
        let directory = fixture.directory
        await #expect(processExitsWith: .exitCode(7)) { [directory = directory as String] in
            let controller = unsafe open("/dev/ptmx", O_RDWR | O_NOCTTY)
            var unlocked: Int32 = 0
            var index: UInt32 = 0
            try #require(unsafe ioctl(controller, 0x4004_5431, &unlocked) == 0)  // TIOCSPTLCK
            try #require(unsafe ioctl(controller, 0x8004_5430, &index) == 0)  // TIOCGPTN
            let terminal = unsafe open("/dev/pts/\(index)", O_RDWR | O_NOCTTY)
            try #require(terminal >= 0)
            for number in 0..<Int32(3) { dup2(terminal, number) }
            let sandbox = try Sandbox()
            let request = BuildRequest(
                inputs: SandboxFixture.hostInputs, command: "/usr/bin/bash",
                arguments: ["-c", "read x; test -t 1 && test \"$x\" = hola && exit 7"],
                environment: ["PATH": "/usr/bin"], storeDirectory: SandboxFixture.storeDirectory,
                hostDirectory: directory, interaction: .terminal)
            _ = unsafe write(controller, "hola\n", 5)
            let outcome = try await sandbox.run(request) { _ in }
            exit(outcome.ending == .exited(7) ? 7 : 1)
        }
    }
}
