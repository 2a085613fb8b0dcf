import Foundation
import Glibc
import Primitives
import Synchronization
import SystemSupport
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct HostProgramTests {
    private let variables = ["PATH": "/usr/bin:/bin", "WORD": "zwölf"]

    private func shell(_ script: String) -> HostProgram {
        HostProgram(path: "/bin/sh", arguments: ["-c", script], environment: variables)
    }

    private func output(
        of program: HostProgram, input: [UInt8] = [], limit: Int = 1 << 20
    ) async throws -> (text: String, succeeded: Bool, count: Int) {
        var bytes: [UInt8] = []
        let ending = try await program.run(input: input, errors: .asOutput, limit: limit) {
            bytes += $0
        }
        return (String(decoding: bytes, as: UTF8.self), ending.succeeded, ending.count)
    }

    @Test func bytesGoInAndComeOut() async throws {
        let input = [UInt8](repeating: UInt8(ascii: "x"), count: 300_000)
        let copied = try await output(of: shell("cat"), input: input)
        #expect(copied.text.utf8.elementsEqual(input))
        let both = try await output(of: shell("echo \"$WORD\"; echo told >&2; exit 3"))
        #expect(both.text == "zwölf\ntold\n")
        #expect(!both.succeeded)
    }

    @Test func aSearchLooksForFilesThatMayBeExecuted() throws {
        let directory = try TemporaryDirectory()
        try FileManager.default.createDirectory(
            atPath: directory.file("one/tool"), withIntermediateDirectories: true)
        try FileManager.default.createDirectory(
            atPath: directory.file("two"), withIntermediateDirectories: false)
        #expect(FileManager.default.createFile(atPath: directory.file("two/tool"), contents: nil))
        let search = ["PATH": "\(directory.file("one")):\(directory.file("two"))"]
        #expect(HostProgram.path(of: "tool", environment: search) == nil)
        #expect(unsafe chmod(directory.file("two/tool").systemPath, 0o755) == 0)
        #expect(
            HostProgram.path(of: "tool", environment: search) == directory.file("two/tool"))
        #expect(HostProgram.path(of: "./tool", environment: search) == "./tool")
    }

    @Test func whatIsMissingOrNoProgramIsSaid() async throws {
        let directory = try TemporaryDirectory()
        let text = directory.file("text")
        #expect(FileManager.default.createFile(atPath: text, contents: Data("echo".utf8)))
        for (path, reason) in [("/no/tool", "No such file"), (text, "Permission denied")] {
            let program = HostProgram(path: path, arguments: [], environment: [:])
            let error = await #expect(throws: HostError.self) { try await output(of: program) }
            let sentence = "cannot start '\(path)': \(reason)"
            #expect(error?.description.hasPrefix(sentence) == true, "\(error as Any)")
        }
    }

    @Test func namesNeedNotBeText() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/" + String(systemBytes: [0xff])
        #expect(unsafe symlink("/bin/echo", path.systemPath) == 0)
        let word = String(systemBytes: [0x61, 0xfe])
        let program = HostProgram(path: path, arguments: [word], environment: ["1": "one"])
        var bytes: [UInt8] = []
        _ = try await program.run(errors: .asOutput, limit: 100) { bytes += $0 }
        #expect(bytes == [0x61, 0xfe, 0x0a])
    }

    @Test func moreThanTheLimitIsReadAndDropped() async throws {
        let much = try await output(of: shell("yes | head -c 3000000; echo end >&2"), limit: 7)
        #expect(much.text == "y\ny\ny\ny")
        #expect(much.count == 3_000_004)
        #expect(much.succeeded)
    }

    @Test func whatItLeavesBehindKeepsNobodyWaiting() async throws {
        // One holds the pipe and says nothing; several together never leave it empty.
        for left in ["sleep 2345", String(repeating: "yes & ", count: 9) + "wait"] {
            let directory = try TemporaryDirectory()
            let file = directory.file("process")
            let began = try await output(
                of: shell("setsid sh -c 'echo $$ > \(file); \(left)' & echo told; sleep 0.1"),
                limit: 5)
            #expect(began.text.utf8.count == 5)
            let group = try #require(
                pid_t(String(contentsOfFile: file, encoding: .utf8).dropLast()))
            kill(-group, SIGKILL)
        }
    }

    @Test func aCancelledTaskKillsTheWholeGroup() async throws {
        let directory = try TemporaryDirectory()
        let file = directory.file("process")
        let (began, begin) = AsyncStream<Void>.makeStream()
        let program = shell("sleep 2345 & echo $! > \(file); trap '' TERM; echo ready; wait")
        let task = Task {
            try await program.run(errors: .asOutput, limit: 100) { _ in begin.yield() }
        }
        var events = began.makeAsyncIterator()
        await events.next()
        task.cancel()
        await #expect(throws: CancellationError.self) { _ = try await task.value }
        let child = try #require(pid_t(String(contentsOfFile: file, encoding: .utf8).dropLast()))
        // A signal takes a moment; the suite's time limit is for one that never comes.
        while !isGone(child) { usleep(10_000) }
    }

    /// Whoever inherits a process takes note of its end; in a container without such a process it stays a
    /// zombie, which the kernel lists with its state.
    private func isGone(_ process: pid_t) -> Bool {
        // What cannot be read is asked of the kernel.
        let state = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
        return state == nil || state?.contains(") Z ") == true || kill(process, 0) != 0
    }
}
