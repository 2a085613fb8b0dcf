import Foundation
import Glibc
import Primitives
import StoreModel
import TestSupport
import Testing

/// `shell` and `realise --debug-shell`: a person where a builder would be.
@Suite(.timeLimit(.minutes(40))) struct ShellTests {
    /// Runs the command on a terminal of its own, with `input` typed.
    private func onTerminal(_ store: StoreFixture, _ arguments: [String], input: String) throws
        -> ChildProcess.Result
    {
        guard FileManager.default.isExecutableFile(atPath: "/usr/bin/script") else {
            try Test.cancel("no 'script', which makes terminals; Debian's package bsdutils has it")
        }
        let command = ([store.binary, "--root", store.root] + arguments).joined(separator: " ")
        return try ChildProcess(
            ["/usr/bin/script", "-qec", command, "/dev/null"],
            environment: store.environment.merging(["TERM": "xterm"]) { $1 }, input: input
        ).wait()
    }

    @Test func aCommandRunsWhereTheBuilderWould() throws {
        var store = try StoreFixture()
        let one = try store.derive("one", "echo one > $out")
        let look = "cat $one; env | grep -v SHLVL; id; pwd; ls -A / /build /nodeos/store"
        let item = try store.derive(
            "two", "text=$(\(look)); echo \"$text\" > $out", inputs: [one],
            variables: ["one": one.output(), "greeting": "hola", "passAsFile": "greeting"])
        let result = try store.succeed("shell", item.drv, "--", "sh", "-c", look)
        #expect(result.output.hasPrefix("one\n"))
        #expect(try store.isValid(one.output()) && !store.isValid(item.output()))
        try store.realise(item)
        #expect(try store.contents(item.output()) == result.output)
        #expect(try store.succeed("shell", item.output(), "--", "pwd").output == "/build\n")
    }

    @Test func nothingOfItIsRegistered() throws {
        var store = try StoreFixture()
        let item = try store.derive("one", "echo built > $out")
        let script = "echo by hand > $out; echo x > file; cat $out; exit 7"
        let result = try store.run("shell", item.drv, "--", "sh", "-c", script)
        #expect(result.status == 7)
        #expect(result.output == "by hand\n")
        #expect(try !store.isValid(item.output()))
        #expect(try store.strays() == [])
        #expect(store.scratch() == [])
        #expect(try store.run("shell", item.drv, "--", "sh", "-c", "kill -9 $$").status == 137)
        #expect(try store.run("shell", item.drv, "--", "no-such-command").status == 127)
    }

    /// Also after its inputs were made, which can be interrupted, too.
    @Test func aSignalEndsIt() throws {
        var store = try StoreFixture()
        let one = try store.derive("one", "echo one > $out")
        let item = try store.derive("two", "", inputs: [one])
        let shell = try store.start(
            ["shell", item.drv, "--", "sh", "-c", "echo ready; sleep 1000"])
        while !shell.output.contains("ready") { usleep(20_000) }
        shell.send(SIGTERM)
        #expect(try shell.wait().status == 130)
        #expect(store.scratch() == [])
    }

    @Test func withoutACommandItReadsItsInput() throws {
        var store = try StoreFixture()
        let item = try store.derive("one", "", variables: ["greeting": "hola"])
        let result = try store.run(
            "shell", item.drv, input: "echo \"$greeting\"\ncat <<end\ntext\nend\nexit 3\n")
        #expect(result.status == 3)
        #expect(result.output == "hola\ntext\n")
    }

    @Test func whatCannotBeEnteredIsSaid() throws {
        var store = try StoreFixture()
        let program = ByteString(store.tools + "/bin/env")
        let item = try store.derive("one", "") { $0.builder = program }
        let refused = try store.run("shell", item.drv, "--", "echo", "hola")
        #expect(refused.status == 1)
        #expect(refused.error.contains("'\(program)' is none; --sandbox-shell FILE"))
        let shell = try #require(StoreFixture.busybox)
        let entered = try store.succeed(
            "shell", item.drv, "--sandbox-shell", shell, "--", "echo", "hola")
        #expect(entered.output == "hola\n")
        let fetch = try store.fetch("file", ["file:///nowhere"], .hash(""))
        #expect(try store.run("shell", fetch.drv).error.contains("is a part of this program"))
        let fails = try store.derive("fails", "exit 1")
        let needs = try store.derive("needs", "", inputs: [fails])
        #expect(try store.run("shell", needs.drv, "--", "true").status == 100)
        let other = try store.derive("other", "") { $0.system = "riscv64-linux" }
        #expect(try store.run("shell", other.drv).error.contains("'riscv64-linux'"))
    }

    /// As `realise` says it there.
    @Test func withoutUserNamespacesItSaysWhatToDo() throws {
        var store = try StoreFixture()
        let item = try store.derive("one", "echo built > $out")
        for command in ["realise \(item.drv)", "shell \(item.drv) -- echo hola"] {
            let script = """
                echo 0 > /proc/sys/user/max_user_namespaces || exit 77
                exec "$1" --root "$2" \(command)
                """
            let result = try ChildProcess(
                ["unshare", "-r", "sh", "-c", script, "sh", store.binary, store.root],
                environment: store.environment
            ).wait()
            if result.status == 77 || result.error.hasPrefix("unshare: ") {
                try Test.cancel("no user namespace to begin with: \(result.error)")
            }
            #expect(result.status == 1)
            #expect(result.output.isEmpty)
            #expect(
                result.error.contains("this process may not create user namespaces")
                    && result.error.contains("sysctl -w user.max_user_namespaces"),
                "\(result.error)")
        }
        #expect(store.scratch() == [])
    }

    @Test func onATerminalItIsInteractive() throws {
        var store = try StoreFixture()
        let item = try store.derive("one", "", variables: ["greeting": "hola"])
        let result = try onTerminal(
            store, ["shell", item.drv],
            input: """
                test -t 0 && test -t 1 && echo "$greeting ""on a terminal"
                sleep 100 & kill %1 && echo "job ""control"
                exit 5

                """)
        #expect(result.status == 5, "\(result.output)")
        #expect(result.output.contains("leave it with 'exit'"))
        #expect(result.output.contains("hola on a terminal"))
        #expect(result.output.contains("job control"))
    }

    @Test func aFailedBuildCanBeLookedAt() throws {
        var store = try StoreFixture()
        let item = try store.derive(
            "fails", "echo evidence > clue; mkdir $out; echo half > $out/file; exit 3")
        let result = try onTerminal(
            store, ["realise", item.drv, "--debug-shell"],
            input: """
                cat clue "$out/file" | tr a-z A-Z
                echo "$name" | tr a-z A-Z; echo > "$out/more"
                exit 0

                """)
        #expect(result.status == 100, "\(result.output)")
        #expect(result.output.contains("EVIDENCE"))
        #expect(result.output.contains("HALF"))
        #expect(result.output.contains("FAILS"))
        #expect(result.output.contains("The builder was: \(store.tools)/bin/sh -e -c"))
        // Said where the shell begins, and as usual at the end.
        #expect(result.output.components(separatedBy: "failed with exit status 3").count == 3)
        #expect(try !store.isValid(item.output()))
        #expect(try store.strays() == [])
        #expect(store.scratch() == [])
    }

    @Test func withoutATerminalNoShellIsOpened() throws {
        var store = try StoreFixture()
        let item = try store.derive("fails", "exit 3")
        let result = try store.run("realise", item.drv, "--debug-shell", input: "echo shell")
        #expect(result.status == 100)
        #expect(result.output.isEmpty)
        #expect(result.error.contains("no shell is opened"))
    }
}
