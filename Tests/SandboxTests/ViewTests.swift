import Foundation
import Glibc
import Primitives
import Sandbox
import Synchronization
import Testing

/// Builds that come after one another in the same store directory, whose inputs stay mounted from one to the next.
@Suite(.timeLimit(.minutes(40))) struct ViewTests {
    private let fixture: SandboxFixture
    private let shared: String

    init() async throws {
        fixture = try await SandboxFixture()
        shared = fixture.directory + "/shared"
        try FileManager.default.createDirectory(
            atPath: shared, withIntermediateDirectories: false)
    }

    /// A directory of the host that holds a file with its name.
    private func item(_ name: String) throws -> BuildRequest.Input {
        let path = fixture.directory + "/items/" + name
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true)
        try Data("\(name)\n".utf8).write(to: URL(filePath: path + "/file"))
        return BuildRequest.Input(
            hostPath: path, sandboxPath: SandboxFixture.storeDirectory + "/" + name)
    }

    /// What a script prints that sees these inputs.
    private func output(
        _ sandbox: Sandbox, _ script: String, _ inputs: [BuildRequest.Input],
        outputs: Set<String> = []
    ) async throws -> String {
        let number = Int.random(in: 0..<Int.max)
        let directory = fixture.directory + "/build-\(number)"
        unsafe mkdir(directory, 0o700)
        var request = BuildRequest(
            inputs: SandboxFixture.hostInputs + inputs, command: "/usr/bin/bash",
            arguments: ["-c", .init(script)], environment: ["PATH": "/usr/bin"],
            storeDirectory: SandboxFixture.storeDirectory, outputs: outputs,
            hostDirectory: directory)
        request.sharedDirectory = shared
        let printed = Printed()
        let outcome = try await sandbox.run(request) { chunk in printed.add(chunk) }
        #expect(outcome.ending == .exited(0), "\(printed.text)")
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: request.hostStoreDirectory).count
                == outputs.count, "all that a builder makes is there, and no place of an input")
        return printed.text
    }

    private static let list = "cd /nodeos/store; for i in *; do echo $i $(cat $i/file); done"

    @Test func eachSeesItsOwnInputsAndNoOthers() async throws {
        let sandbox = try Sandbox()
        let (a, b, c) = try (item("a"), item("b"), item("c"))
        #expect(try await output(sandbox, Self.list, [a, b]) == "a a\nb b\n")
        #expect(try await output(sandbox, Self.list, [b, c]) == "b b\nc c\n")
        #expect(
            try await output(sandbox, "cat /nodeos/store/a/file || true", [c]).contains("No such"))
        #expect(try await output(sandbox, Self.list, [a, b, c]) == "a a\nb b\nc c\n")
        #expect(try await output(sandbox, "ls /nodeos/store", []) == "")
    }

    @Test func theyUseOneDirectoryAndLeaveNone() async throws {
        do {
            let sandbox = try Sandbox()
            for name in ["a", "b", "a"] { _ = try await output(sandbox, Self.list, [item(name)]) }
            #expect(try FileManager.default.contentsOfDirectory(atPath: shared).count == 1)
            sandbox.forgetInputs()
            #expect(try FileManager.default.contentsOfDirectory(atPath: shared) == [])
            _ = try await output(sandbox, Self.list, [item("a")])
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: shared) == [])
    }

    @Test func anInputThatWasReplacedIsSeenAsItIsNow() async throws {
        let sandbox = try Sandbox()
        let (a, b) = try (item("a"), item("b"))
        #expect(try await output(sandbox, Self.list, [a]) == "a a\n")
        // As a repair does it.
        #expect(unsafe rename(a.hostPath, a.hostPath + ".old") == 0)
        #expect(unsafe rename(b.hostPath, a.hostPath) == 0)
        #expect(try await output(sandbox, Self.list, [a]) == "a b\n")
    }

    @Test func aLinkThatWasReplacedIsSeenAsItIsNow() async throws {
        let sandbox = try Sandbox()
        let link = BuildRequest.Input(
            hostPath: fixture.directory + "/link", sandboxPath: "/nodeos/store/link")
        for target in ["/one", "/two"] {
            unsafe unlink(link.hostPath)
            #expect(unsafe symlink(target, link.hostPath) == 0)
            #expect(
                try await output(sandbox, "readlink /nodeos/store/link", [link]) == target + "\n")
        }
    }

    @Test(arguments: [
        "echo x > $s/x", "mkdir $s/x; chmod 0 $s/x", "chmod 700 $s", "setfattr -n user.x -v x $s",
        "chattr +d $s", "setfacl -d -m u::rwx $s",
    ]) func whatABuilderDoesToTheStoreDirectoryIsNotTheNextOnes(_ script: String) async throws {
        let sandbox = try Sandbox()
        let a = try item("a")
        let look = """
            ls -A /nodeos/store; stat -c %a /nodeos/store
            getfattr -d -m - /nodeos/store 2>/dev/null; lsattr -d /nodeos/store 2>/dev/null; true
            """
        let before = try await output(sandbox, look, [a])
        let directory = fixture.directory + "/first"
        unsafe mkdir(directory, 0o700)
        var request = BuildRequest(
            inputs: SandboxFixture.hostInputs + [a], command: "/usr/bin/bash",
            arguments: ["-c", .init("s=/nodeos/store; \(script); true")],
            environment: ["PATH": "/usr/bin"], storeDirectory: SandboxFixture.storeDirectory,
            hostDirectory: directory)
        request.sharedDirectory = shared
        _ = try await sandbox.run(request) { _ in }
        #expect(try await output(sandbox, look, [a]) == before)
    }

    @Test func outputsAreMoved() async throws {
        let sandbox = try Sandbox()
        let names = ["x", "y", "z"].map { SandboxFixture.storeDirectory + "/" + $0 }
        for _ in 1...2 {
            _ = try await output(
                sandbox, "cd /nodeos/store; mkdir x; echo > x/f; chmod 555 x; echo > y; ln -s y z",
                [item("a")], outputs: Set(names))
        }
    }

    private final class Printed: Sendable {
        private let bytes = Mutex<[UInt8]>([])

        func add(_ chunk: Span<UInt8>) {
            bytes.withLock { all in
                for index in chunk.indices { all.append(chunk[index]) }
            }
        }

        var text: String { String(decoding: bytes.withLock { $0 }, as: UTF8.self) }
    }
}
