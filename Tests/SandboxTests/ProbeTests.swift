import Foundation
import Primitives
import Sandbox
import Testing

/// What `doctor` asks, and the errors of machines that cannot build.
@Suite struct ProbeTests {
    @Test func thisMachine() async throws {
        let fixture = try await SandboxFixture()
        let probe = try await SandboxProbe.run(
            searchPath: SandboxFixture.searchPath, in: fixture.directory)
        #expect(probe.failure == nil)
        #expect(probe.bubblewrapPath == fixture.sandbox.bubblewrapPath)
        let version = try #require(probe.bubblewrapVersion)
        #expect(version.split(separator: ".").allSatisfy { Int($0) != nil })
        #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.directory) == [])
    }

    @Test func withoutBubblewrap() async throws {
        let probe = try await SandboxProbe.run(searchPath: "/nonexistent:relative", in: "/tmp")
        #expect(probe.failure == .bubblewrapNotFound(searchPath: "/nonexistent:relative"))
        #expect(probe.bubblewrapVersion == nil)
        #expect("\(try #require(probe.failure))".contains("apt-get install bubblewrap"))
    }

    /// bubblewrap's own words where user namespaces are not allowed: those in a build.
    @Test func withoutUserNamespaces() async throws {
        let fixture = try await SandboxFixture()
        let outcome = try await fixture.run(
            fixture.request(
                "exec \(fixture.sandbox.bubblewrapPath) --unshare-user --ro-bind / / /usr/bin/true")
        )
        #expect(outcome.ending == .exited(1))
        let error = BubblewrapStatus.failure(fixture.text, command: "/x")
        guard case .userNamespacesUnavailable = error else {
            Issue.record("\(error)")
            return
        }
        #expect("\(error)".contains("sysctl -w user.max_user_namespaces"))
    }

    @Test(arguments: [
        // bubblewrap 0.8.0, without a limit and with user.max_user_namespaces = 0
        "bwrap: No permissions to create new namespace, likely because the kernel does not allow "
            + "non-privileged user namespaces. On e.g. debian this can be enabled with 'sysctl "
            + "kernel.unprivileged_userns_clone=1'.",
        "bwrap: Creating new namespace failed: nesting depth or /proc/sys/user/max_*_namespaces "
            + "exceeded (ENOSPC)",
        "bwrap: setting up uid map: Permission denied",
    ])
    func wordsAboutUserNamespaces(_ text: String) {
        #expect(
            BubblewrapStatus.failure(text + "\n", command: "/x")
                == .userNamespacesUnavailable(message: text))
    }

    @Test func exitStatusLines() {
        let start = #"{ "child-pid": 7, "ipc-namespace": 4026532 }"#
        #expect(BubblewrapStatus.exitStatus(in: start.utf8) == nil)
        #expect(BubblewrapStatus.exitStatus(in: (start + "\n{ \"exit-code\": 37 }\n").utf8) == 37)
        #expect(BubblewrapStatus.exitStatus(in: [UInt8]()) == nil)
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
            let sandbox = try Sandbox(searchPath: SandboxFixture.searchPath)
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
