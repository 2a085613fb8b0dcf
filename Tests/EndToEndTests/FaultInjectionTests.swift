import Foundation
import Glibc
import TestSupport
import Testing

/// Commands that are killed right before one of the calls by which they change files: whichever it is,
/// what was valid is valid and whole, and the same command completes afterwards (`docs/security.md`).
///
/// Every call takes minutes; without `NODEOS_EVERY_CALL` in the environment some are drawn, other ones
/// each time (``TestSeed``), and a failure names the call.
@Suite(.timeLimit(.minutes(40))) struct FaultInjectionTests {
    /// A command, the store it begins with, and what it leaves.
    struct Case: CustomTestStringConvertible, Sendable {
        let name: String
        /// Makes the store, and says what to run in it.
        let prepare: @Sendable (inout StoreFixture) throws -> Run

        var testDescription: String { name }
    }

    struct Run {
        /// The command.
        let arguments: [String]
        /// What it reads.
        var input = ""
        /// The paths that are valid whatever happens.
        let kept: [String]
        /// The paths that are valid in the end.
        var made: [String] = []
        /// The paths that are damaged until the command has run to its end.
        var damaged: [String] = []
        /// Whether the database is lost until then.
        var isLost = false
        /// What the library is told, too.
        var variables: [String: String] = [:]
    }

    @Test(arguments: cases) func wheneverItDies(_ scenario: Case) throws {
        let library = try FaultLibrary.path("stop-at-call")
        var store = try StoreFixture()
        let run = try scenario.prepare(&store)
        let pristine = store.directory.file("pristine")
        try Self.copy(store.root, to: pristine)

        let countFile = store.directory.file("count")
        let complete = try store.start(
            run.arguments,
            adding: run.variables.merging(["LD_PRELOAD": library, "STOP_COUNT": countFile]) { $1 },
            input: run.input
        ).wait()
        try #require(complete.status == 0, "\(complete.error)")
        let text = try String(contentsOfFile: countFile, encoding: .utf8)
        let total = try #require(Int(text.trimmingCharacters(in: .newlines)))
        try #require(total > 10)

        for call in Self.drawn(1...total) {
            let moment: Comment =
                "\(scenario.name), killed before call \(call) of \(total) (\(TestSeed.shown))"
            try Self.copy(pristine, to: store.root)
            let killed = try store.start(
                run.arguments,
                adding: run.variables.merging(["LD_PRELOAD": library, "STOP_AT": "\(call)"]) { $1 },
                input: run.input
            ).wait()
            // Threads take turns in another order each time: it may have ended before.
            #expect([0, 128 + SIGKILL].contains(killed.status), moment)
            if !run.isLost { try Self.verify(store, moment, damaged: run.damaged) }
            for path in run.kept { #expect(try store.isValid(path), moment) }

            let again = try store.start(run.arguments, input: run.input).wait()
            #expect(again.status == 0, "\(moment): \(again.error)")
            for path in run.kept + run.made { #expect(try store.isValid(path), moment) }
            try Self.verify(store, moment)
            // What had nothing left to do looked at nothing; the next that writes tidies up.
            try store.directory.write("\(call)", to: "next")
            try store.succeed("add", store.directory.file("next"))
            #expect(store.scratch() == [], moment)
            #expect(try store.strays() == [], moment)
        }
    }

    /// Expects all valid paths to be whole but, perhaps, those of `damaged`.
    private static func verify(
        _ store: StoreFixture, _ comment: Comment, damaged: [String] = []
    ) throws {
        let verified = try store.run("verify", "--check-contents")
        if verified.status == 1, !damaged.isEmpty {
            for line in verified.lines where !line.hasSuffix("'gc' removes it") {
                #expect(
                    damaged.contains { line.contains($0.dropFirst("/nodeos/store/".count)) },
                    "\(comment): \(line)")
            }
            return
        }
        #expect(verified.status == 0, "\(comment): \(verified.output) \(verified.error)")
    }

    /// All of them, or a dozen.
    private static func drawn(_ calls: ClosedRange<Int>) -> [Int] {
        guard ProcessInfo.processInfo.environment["NODEOS_EVERY_CALL"] == nil else {
            return Array(calls)
        }
        var generator = TestSeed.generator()
        return calls.shuffled(using: &generator).prefix(12).sorted()
    }

    /// Makes `to` an exact copy of the tree `from`, modes and times included.
    static func copy(_ from: String, to: String) throws {
        let script = "chmod -R u+rwx \"$1\" 2>/dev/null; rm -rf \"$1\"; cp -a \"$0\" \"$1\""
        let result = try ChildProcess(
            ["/bin/sh", "-c", script, from, to], environment: ["PATH": "/usr/bin:/bin"]
        ).wait()
        guard result.status == 0 else {
            throw ChildProcessError(command: ["cp"], reason: result.error)
        }
    }
}
