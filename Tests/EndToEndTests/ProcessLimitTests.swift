import Foundation
import Glibc
import Primitives
import TestSupport
import Testing

/// A builder that starts processes without number, in bombs that are none: 400 sleeps.
@Suite(.timeLimit(.minutes(40))) struct ProcessLimitTests {
    private static let bomb =
        "i=0; while [ $i -lt 400 ]; do sleep 1000 & i=$((i + 1)); echo $i; done; echo all > $out"

    /// What doctor says limits the processes of builds, as the user who runs `command`.
    private func limit(_ store: StoreFixture, _ command: [String]) throws -> String {
        let result = try ChildProcess(
            command + ["doctor", "--json"], environment: store.environment
        ).wait()
        let findings = try JSONValue(parsing: Array(result.output.utf8))["findings"]?.array ?? []
        let finding = findings.first { $0["subject"]?.string == "process limit" }
        guard let finding, let message = finding["message"]?.string else {
            try Test.cancel("no builds here: \(result.output)\(result.error)")
        }
        if finding["severity"]?.string != "good" { try Test.cancel("\(message)") }
        return message
    }

    /// The bomb goes off where nothing limits it, and else ends as any builder that fails.
    private func explode(_ store: StoreFixture, _ drv: String, _ command: [String]) throws {
        func realise(_ options: [String], _ variables: [String: String] = [:]) throws
            -> ChildProcess.Result
        {
            try ChildProcess(
                command + ["realise", "--keep-failed", drv] + options,
                environment: store.environment.merging(variables) { $1 }
            ).wait()
        }
        for (options, variables) in [
            (["--max-processes", "70"], [:]), ([], ["NODEOS_MAX_PROCESSES": "70"]),
        ] {
            let result = try realise(options, variables)
            #expect(result.status == 100, "\(result.error)")
            #expect(result.error.contains("can't fork"), "\(result.error)")
            let log = try ChildProcess(command + ["log", drv], environment: store.environment)
                .wait()
            let started = log.lines.compactMap { Int($0) }.last ?? 0
            #expect((50..<70).contains(started), "\(log.output.suffix(200))")
        }
        let result = try realise(["--max-processes", "0"])
        #expect(result.status == 0, "\(result.error)")
    }

    @Test func aForkBomb() throws {
        var store = try StoreFixture()
        let command = [store.binary, "--root", store.root]
        let limit = try limit(store, command)
        #expect(geteuid() != 0 || limit.contains("a control group for each build"))
        let item = try store.derive("bomb", Self.bomb)
        try explode(store, item.drv, command)
        for wrong in ["1", "-1", "x"] {
            #expect(try store.run("realise", item.drv, "--max-processes=\(wrong)").status == 2)
            let result = try store.start(
                ["realise", "--check", item.drv], adding: ["NODEOS_MAX_PROCESSES": wrong]
            ).wait()
            #expect(result.status == 1 && result.error.contains("NODEOS_MAX_PROCESSES"))
        }
    }

    @Test func aForkBombOfAnotherUser() throws {
        guard geteuid() == 0 else { try Test.cancel("only root can become another user") }
        var store = try StoreFixture()
        let item = try store.derive("bomb", Self.bomb)
        let owned = try ChildProcess(
            ["chown", "-R", "65534:65534", store.directory.path], environment: store.environment
        ).wait()
        try #require(owned.status == 0, "\(owned.error)")
        let command =
            ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", store.binary]
            + ["--root", store.root]
        let version = try ChildProcess(command + ["--version"], environment: store.environment)
            .wait()
        guard version.status == 0 else {
            try Test.cancel("another user cannot run the program: \(version.error)")
        }
        // The user's other processes do not count.
        let others = try (0..<100).map { _ in
            try ChildProcess(
                ["setpriv", "--reuid", "65534", "sleep", "1000"], environment: store.environment)
        }
        let limit = try limit(store, command)
        #expect(limit == "RLIMIT_NPROC, counted for each build")
        try explode(store, item.drv, command)
        for other in others { other.send(SIGKILL) }
    }

    /// The control group of a build goes with it, whatever ends the command.
    @Test func nothingStaysOfTheControlGroup() throws {
        var store = try StoreFixture()
        let command = [store.binary, "--root", store.root]
        let limit = try limit(store, command)
        guard let parent = limit.firstMatch(of: /, in (\/.*)/)?.1 else {
            try Test.cancel("no control groups: \(limit)")
        }
        let item = try store.derive("long", "echo go; sleep 1000")
        func groups(of id: Int32) throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: String(parent))
                .filter { $0.hasPrefix("nodeos-build-\(id)-") }
        }
        for signal in [SIGINT, SIGKILL] {
            let running = try store.start(["realise", item.drv])
            while try groups(of: running.id).isEmpty { usleep(20_000) }
            running.send(signal)
            _ = try running.wait()
            while try !groups(of: running.id).isEmpty { usleep(20_000) }
        }
        // One that nobody was left to remove.
        let gone = try ChildProcess(["true"], environment: store.environment)
        _ = try gone.wait()
        #expect(unsafe mkdir("\(parent)/nodeos-build-\(gone.id)-1", 0o755) == 0)
        let fine = try store.derive("fine", "echo fine > $out")
        try store.realise(fine)
        #expect(try groups(of: gone.id) == [])
    }

    /// A builder can lock its inputs, which it may read: that holds up nobody, for nothing of the store
    /// takes locks on items.
    @Test func locksOnInputsHoldNobodyUp() throws {
        var store = try StoreFixture()
        let input = try store.derive("input", "mkdir $out; echo x > $out/file")
        try store.realise(input)
        var locks: [Int32] = []
        defer { for lock in locks { close(lock) } }
        for path in [input.output(), input.output() + "/file", store.tools] {
            let file = unsafe open(store.real(path), O_RDONLY | O_CLOEXEC)
            try #require(file >= 0 && flock(file, LOCK_EX | LOCK_NB) == 0)
            locks.append(file)
        }
        let user = try store.derive(
            "user", "cat $in/file > $out", inputs: [input], variables: ["in": input.output()])
        try store.realise(user)
        try store.succeed("verify", "--check-contents")
        try store.succeed("optimise")
        try store.succeed("gc")
    }
}
