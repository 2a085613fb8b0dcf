import Foundation
import Primitives
import Sandbox
import Synchronization
import Testing

/// What a build may not keep from others of its user, nor from its own end.
@Suite(.timeLimit(.minutes(40))) struct HoldTests {
    private static let perl = "/usr/bin/perl"
    private static let canCall: Bool = {
        #if arch(x86_64)
            FileManager.default.isExecutableFile(atPath: perl)
        #else
            false
        #endif
    }()

    /// A build that is held up would never end: it is given a minute.
    private func run(_ script: String, _ fixture: SandboxFixture) async throws
        -> BuildOutcome.Ending
    {
        try await fixture.run(fixture.request(script, limits: .init(wallClock: .seconds(60))))
            .ending
    }

    /// Runs a build that prints "held" when it has all it can get, then waits; `whileHeld` is what the
    /// machine wants meanwhile: a descriptor, which it must get.
    private func hold(
        _ script: String, _ fixture: SandboxFixture, inputs: [BuildRequest.Input] = [],
        whileHeld: @escaping @Sendable () -> Int32
    ) async throws {
        let printed = Mutex("")
        let got = Mutex<Int32?>(nil)
        let request = fixture.request(
            script + "\nuntil test -e /build/go; do sleep 0.05; done", inputs: inputs)
        let outcome = try await fixture.sandbox.run(request) { chunk in
            let text = String(decoding: chunk.indices.map { chunk[$0] }, as: UTF8.self)
            let isHeld = printed.withLock {
                $0 += text
                return $0.contains("held")
            }
            guard isHeld else { return }
            // An expectation in this thread would be no test's.
            let descriptor = whileHeld()
            got.withLock { $0 = $0 ?? descriptor }
            close(descriptor)
            close(unsafe open(fixture.directory + "/build/go", O_CREAT | O_WRONLY, 0o600))
        }
        let text = printed.withLock { $0 }
        #expect(outcome.ending == .exited(0), "\(text)")
        #expect(try #require(got.withLock { $0 }, "\(text)") >= 0, "\(text)")
    }

    /// A lease on an input makes everybody else's `open` of it wait until the machine breaks it.
    @Test(.enabled(if: canCall, "needs Perl")) func leasesOnInputs() async throws {
        let fixture = try await SandboxFixture()
        let file = try fixture.hostFile("input", "contents\n")
        try await hold(
            """
            exec 3< /nodeos/store/input 4< /nodeos/store
            perl -e 'open F, "<&=3"; open D, "<&=4"; $| = 1;
                print "lease " if fcntl(F, 1024, 1) || fcntl(F, 1024, 0);
                print "watch " if fcntl(D, 1026, 2);'
            echo held
            """, fixture,
            inputs: [.init(hostPath: file, sandboxPath: "/nodeos/store/input")]
        ) {
            unsafe open(file, O_RDWR | O_NONBLOCK | O_CLOEXEC)
        }
    }

    @Test(.enabled(if: canCall, "needs Perl and x86-64 system call numbers"))
    func inotifyInstancesAreLeftForOthers() async throws {
        let fixture = try await SandboxFixture()
        try await hold(
            "perl -e '$| = 1; for (1 .. 1000) { last if syscall(294, 0) < 0; $n++ }"
                + " print \"held $n\\n\"; sleep 1 until -e \"/build/go\"'", fixture
        ) {
            inotify_init1(0)
        }
    }

    /// What the kernel counts for each user: a build has a share of its own.
    @Test(.enabled(if: canCall, "needs Perl and x86-64 system call numbers"))
    func messageQueuesAreLeftForOthers() async throws {
        let fixture = try await SandboxFixture()
        let text = try await fixture.output(
            "perl -e 'for (1 .. 100) { my $x = \"q$_\"; last if syscall(240, $x, 0102, 0600, 0) < 0;"
                + " $n++ } print $n'")
        #expect(try #require(Int(text)) < 6)
    }

    @Test func limitsThatNoBuilderRaises() async throws {
        let fixture = try await SandboxFixture()
        let text = try await fixture.output(
            """
            ulimit -c 0; ulimit -c unlimited; grep -E '^Max (core|locked|pending|msg|nice|real)' \
                /proc/self/limits | tr -s ' '
            """)
        let expected = [
            "Max core file size 1 1 bytes", "Max locked memory 8388608 8388608 bytes",
            "Max pending signals 4096 4096 signals", "Max msgqueue size 409600 409600 bytes",
            "Max nice priority 0 0", "Max realtime priority 0 0",
        ]
        for line in expected {
            #expect(text.contains(line), "\(line) is not in \(text)")
        }
    }

    /// Number 1 waits for the builder: held, it would never say that the build is over.
    @Test(
        .enabled(if: canCall, "needs Perl and x86-64 system call numbers"),
        arguments: ["101, 16, 1, 0, 0", "101, 0x4206, 1, 0, 0", "101, 0x4206, 0x100000001, 0, 0"])
    func numberOneIsNotTraced(call: String) async throws {
        let fixture = try await SandboxFixture()
        // Once attached, it is stopped, and stays so when its tracer ends.
        let ending = try await run(
            "perl -e 'syscall(\(call)) == 0 or exit 7; kill STOP, 1; syscall(101, 0x4207, 1, 0, 0);"
                + " sleep 2'", fixture)
        #expect(ending == .exited(7), "\(fixture.text)")
    }

    @Test func numberOneCannotBeStopped() async throws {
        let fixture = try await SandboxFixture()
        let ending = try await run(
            """
            for signal in STOP TSTP TERM INT HUP KILL ABRT; do kill -$signal 1; done
            kill -STOP -1; kill -KILL -1; sleep 0.2
            renice -n 19 -p 1; chrt -i -p 0 1; prlimit --pid 1 --nofile=0 --data=0 --nproc=0
            (echo x > /proc/1/oom_score_adj; echo x > /proc/1/mem; echo x > /proc/1/comm) && exit 9
            exit 5
            """, fixture)
        #expect(ending == .exited(5), "\(fixture.text)")
    }

    /// Before everybody else's processes, not even where the caller may.
    @Test func prioritiesAreNotRaised() async throws {
        let fixture = try await SandboxFixture()
        let ending = try await run(
            "chrt -f 1 true && exit 1; renice -n -5 $$ && exit 2; exit 5", fixture)
        #expect(ending == .exited(5), "\(fixture.text)")
    }

    /// Debuggers of a build's own processes are of use in tests.
    @Test(
        .enabled(
            if: FileManager.default.isExecutableFile(atPath: "/usr/bin/strace"), "needs strace"))
    func ownProcessesAreTraced() async throws {
        let fixture = try await SandboxFixture()
        let text = try await fixture.output(
            """
            strace -f -o trace sh -c 'true; true' && grep -q exited trace && echo traced
            sleep 100 & sleep 0.1; timeout 1 strace -o other -p $!; kill $!; true
            """)
        #expect(text.contains("traced\n"))
        #expect(text.contains(" attached\n"))
    }

    /// A machine of 64 bits, as a program of 32 bits expects it.
    @Test func personalityOf32Bits() async throws {
        let fixture = try await SandboxFixture()
        let wide = try await fixture.output("uname -m")
        var request = fixture.request("uname -m")
        request.is32Bit = true
        #expect(try await fixture.run(request).succeeded)
        let narrow = fixture.text.dropFirst(wide.count)
        #if arch(x86_64)
            #expect((wide, String(narrow)) == ("x86_64\n", "i686\n"))
        #else
            #expect(wide.isEmpty == narrow.isEmpty)
        #endif
    }
}
