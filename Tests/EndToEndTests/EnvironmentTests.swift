import Foundation
import Glibc
import Primitives
import StoreModel
import TestSupport
import Testing

/// What a builder finds (`docs/formats/build-environment.md`), the same whoever runs it from wherever.
@Suite(.timeLimit(.minutes(40))) struct EnvironmentTests {
    @Test func theEnvironmentIsExactlyTheRules() throws {
        var store = try StoreFixture()
        let item = try store.derive(
            "environment", "env | sort > $out", outputs: ["out", "lib"],
            variables: ["mine": "value", "TMPDIR": "ignored", "HOME": "/set"]
        ) { $0.arguments = ["-e", "-c", "echo > $lib; env | sort > $out"] }
        let running = try store.start(
            ["realise", item.drv, "--cores", "3"],
            adding: ["LD_PRELOAD": "", "SECRET": "leak", "LANG": "de_DE.UTF-8", "TZ": "Asia/Tokyo"])
        #expect(try running.wait().status == 0)
        // The shell itself adds SHLVL, OLDPWD and _; anything else is ours.
        let lines = try store.contents(item.output()).split(separator: "\n")
            .map { String($0) }.filter { !$0.hasPrefix("SHLVL=") && !$0.hasPrefix("_=") }
        #expect(
            lines == [
                "HOME=/set", "NIX_BUILD_CORES=3", "NIX_BUILD_TOP=/build", "NIX_LOG_FD=2",
                "NIX_STORE=/nodeos/store", "PATH=\(store.tools)/bin", "PWD=/build",
                "TEMP=/build", "TEMPDIR=/build", "TERM=xterm-256color", "TMP=/build",
                "TMPDIR=/build", "lib=\(item.output("lib"))", "mine=value", "name=environment",
                "out=\(item.output())",
            ])
    }

    /// Builders for i686-linux find a machine of 32 bits on one of 64, in `shell` too.
    @Test func buildersOf32BitsFindSuchAMachine() throws {
        guard StoreFixture.system == "x86_64-linux" else {
            try Test.cancel("only a machine of x86_64 is known to run i686 programs")
        }
        var store = try StoreFixture()
        for (system, machine) in [("i686-linux", "i686\n"), ("x86_64-linux", "x86_64\n")] {
            let item = try store.derive("machine", "busybox uname -m > $out") {
                $0.system = ByteString(system)
            }
            try store.realise(item)
            #expect(try store.contents(item.output()) == machine)
            let shell = try store.succeed("shell", item.drv, "--", "busybox", "uname", "-m")
            #expect(shell.output == machine)
        }
    }

    /// `nice nodeos-store realise …` makes way for others with the builders, too.
    @Test func buildersAreAsNiceAsTheCommand() throws {
        var store = try StoreFixture()
        let item = try store.derive("nice", "cut -d ' ' -f 19 /proc/self/stat > $out")
        let own = getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0)
        let result = try ChildProcess(
            ["nice", "-n", "3", store.binary, "--root", store.root, "realise", item.drv],
            environment: store.environment
        ).wait()
        #expect(result.status == 0, "\(result.error)")
        #expect(try store.contents(item.output()) == "\(min(19, own + 3))\n")
    }

    /// Whatever the shell has set in which the command is run, and whatever its user may.
    @Test func limitsAndUmaskOfTheCallerAreNotTheBuilders() throws {
        var store = try StoreFixture()
        let item = try store.derive(
            "limits",
            """
            umask > $out
            grep -E '^Max (stack|locked|nice|realtime priority)' /proc/self/limits | tr -s ' ' >> $out
            """)
        // Where the user may have more than others, as root may on most machines.
        let caller = """
            more() { prlimit --memlock=unlimited --rtprio=50 --nice=30 "$@"; }
            umask 077; ulimit -S -s 4096
            if more true 2> /dev/null; then more "$@"; else "$@"; fi
            """
        let result = try ChildProcess(
            ["sh", "-c", caller, "sh", store.binary, "--root", store.root, "realise", item.drv],
            environment: store.environment
        ).wait()
        #expect(result.status == 0, "\(result.error)")
        let lines = try store.contents(item.output()).split(separator: "\n")
        let expected = [
            "0022", "Max stack size 8388608 ", "Max locked memory 8388608 8388608 bytes",
            "Max nice priority 0 0", "Max realtime priority 0 0",
        ]
        #expect(lines.count == expected.count, "\(lines)")
        for (line, beginning) in zip(lines, expected) {
            #expect(line.hasPrefix(beginning), "\(line)")
        }
    }

    @Test func withoutVariablesThereAreDefaults() throws {
        var store = try StoreFixture()
        let item = try store.derive("bare", "") {
            $0.environment = [:]
            $0.arguments = [
                "-e", "-c", "echo $PATH $HOME > $out",
            ]
        }
        try store.realise(item)
        #expect(try store.contents(item.output()) == "/path-not-set /homeless-shelter\n")
    }

    @Test func theProcessStartsClean() throws {
        var store = try StoreFixture()
        let item = try store.derive(
            "process",
            """
            grep -E '^(SigBlk|SigIgn|CapEff|CapPrm|NoNewPrivs|Seccomp):' /proc/self/status > $out
            umask >> $out; id -u >> $out; id -g >> $out; hostname >> $out; pwd >> $out
            ls /proc/self/fd | tr '\\n' ' ' >> $out; echo >> $out
            stat -L -c '%F %t %T' /proc/self/fd/0 >> $out
            cat /proc/sys/kernel/hostname >> $out
            """)
        let running = try store.start(["realise", item.drv], adding: [:])
        #expect(try running.wait().status == 0)
        let lines = try store.contents(item.output()).split(separator: "\n").map {
            $0.split(separator: "\t").joined(separator: " ")
        }
        #expect(
            lines == [
                "SigBlk: 0000000000000000", "SigIgn: 0000000000000000",
                "CapPrm: 0000000000000000", "CapEff: 0000000000000000", "NoNewPrivs: 1",
                "Seccomp: 2", "0022", "1000", "100", "localhost", "/build",
                // 3 is the directory that ls reads.
                "0 1 2 3 ", "character special file 1 3", "localhost",
            ])
    }

    @Test func thereIsNoNetworkAndNoMachine() throws {
        let server = try LoopbackServer { _ in .init(body: Array("leak".utf8)) }
        var store = try StoreFixture()
        // As the kernel lists ports. Not every busybox has a wget that could ask.
        let digits = String(server.port, radix: 16, uppercase: true)
        let port = String(repeating: "0", count: 4 - digits.count) + digits
        let item = try store.derive(
            "confined",
            """
            if grep -q ':\(port) ' /proc/net/tcp; then exit 7; fi
            if wget -q -O - -T 5 http://127.0.0.1:\(server.port)/; then exit 9; fi
            ls -A / | sort | tr '\\n' ' ' > $out
            ls -A /nodeos/store | sort | tr '\\n' ' ' >> $out
            ls -A /tmp /etc | sort | tr '\\n' ' ' >> $out
            test ! -e /root; test ! -e /home; test ! -e /sys
            if echo x > /proc/sys/kernel/hostname; then exit 8; fi
            """)
        try store.realise(item)
        #expect(server.requests.isEmpty)
        let text = try store.contents(item.output())
        #expect(text.contains("build dev etc nodeos proc tmp "))
        #expect(text.contains(store.tools.split(separator: "/").last ?? "-"))
        #expect(text.contains("group hosts passwd"))
    }

    @Test func inputsCannotBeChanged() throws {
        var store = try StoreFixture()
        let one = try store.derive("one", "mkdir $out; echo one > $out/file")
        let two = try store.derive(
            "two",
            """
            cd \(one.output())
            if echo x > file; then exit 1; fi
            if echo x > new; then exit 2; fi
            if chmod 777 file; then exit 3; fi
            if rm -f file; then exit 4; fi
            if mv \(one.output()) /nodeos/store/moved; then exit 5; fi
            if ln file /build/hard; then exit 6; fi
            echo fine > $out
            """, inputs: [one])
        try store.realise(two)
        #expect(try store.contents(one.output() + "/file") == "one\n")
    }

    @Test func nothingOfABuildOutlivesIt() throws {
        var store = try StoreFixture()
        let mark = "\(UInt32.random(in: 1_000_000 ... .max))"
        let item = try store.derive(
            "daemon",
            """
            (setsid sh -c 'trap "" HUP TERM INT; sleep 100\(mark)' > /dev/null 2>&1 &)
            echo done > $out
            """)
        try store.realise(item)
        #expect(!store.hasProcess(mark))
    }

    @Test func onlyWhatIsAskedForIsAnOutput() throws {
        var store = try StoreFixture()
        let item = try store.derive(
            "extra", "echo x > /nodeos/store/${out##*/}-extra; echo x > $out; echo y > /tmp/y")
        try store.realise(item)
        #expect(try store.strays() == [])
    }

    /// No variable of a derivation opens the sandbox.
    @Test func variablesDoNotChangeThePolicy() throws {
        var store = try StoreFixture()
        let item = try store.derive(
            "policy", "test ! -e /usr; test -z \"$SECRET\"; echo fine > $out",
            variables: [
                "__noChroot": "1", "__impureHostDeps": "/usr /etc", "sandboxPaths": "/usr",
                "impureEnvVars": "SECRET", "preferLocalBuild": "1", "allowSubstitutes": "",
            ])
        let running = try store.start(["realise", item.drv], adding: ["SECRET": "leak"])
        #expect(try running.wait().status == 0)
    }
}
