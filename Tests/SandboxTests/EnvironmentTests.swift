import Foundation
import Primitives
import Sandbox
import Testing

/// What a builder finds (docs/formats/build-environment.md).
@Suite struct EnvironmentTests {
    @Test func userGroupsAndHostName() async throws {
        let fixture = try await SandboxFixture()
        let text = try await fixture.output(
            "id -u; id -g; id -un; id -gn; hostname; umask; pwd; cat /etc/hosts; ulimit -c; ulimit -n"
        )
        #expect(
            text == """
                1000
                100
                nixbld
                nixbld
                localhost
                0022
                /build
                127.0.0.1 localhost
                ::1 localhost
                0
                1024

                """)
    }

    @Test func environmentIsExact() async throws {
        let fixture = try await SandboxFixture()
        let request = BuildRequest(
            inputs: SandboxFixture.hostInputs, command: "/usr/bin/env",
            environment: ["A": "1", "bytes": ByteString([0xff, 0x0a]), "empty": ""],
            storeDirectory: SandboxFixture.storeDirectory, hostDirectory: fixture.directory)
        let outcome = try await fixture.run(request)
        #expect(outcome.succeeded)
        let lines = fixture.text.split(separator: "\n").sorted()
        #expect(lines == ["A=1", "PWD=/build", "bytes=\u{fffd}", "empty="])
    }

    @Test func argumentsAreExact() async throws {
        let fixture = try await SandboxFixture()
        let request = BuildRequest(
            inputs: SandboxFixture.hostInputs, command: "/usr/bin/printf",
            arguments: ["[%s]", "", "--args", "a b\n", ByteString([0xfe])],
            storeDirectory: SandboxFixture.storeDirectory, hostDirectory: fixture.directory)
        let outcome = try await fixture.run(request)
        #expect(outcome.succeeded)
        #expect(fixture.text == "[][--args][a b\n][\u{fffd}]")
    }

    @Test func rootDirectoryHoldsNothingOfTheHost() async throws {
        let fixture = try await SandboxFixture()
        let expected = ["build", "dev", "etc", "nodeos", "proc", "tmp"]
        let inputs = SandboxFixture.hostInputs.map { String($0.sandboxPath.dropFirst()) }
        let text = try await fixture.output(
            "cd /; printf '%s\\n' *; ls -A /etc /nodeos/store /build /tmp")
        #expect(
            text == (expected + inputs).sorted().map { $0 + "\n" }.joined() + """
                /build:

                /etc:
                group
                hosts
                passwd

                /nodeos/store:

                /tmp:

                """)
    }

    @Test func rootDirectoryIsPrivateAndWritable() async throws {
        let fixture = try await SandboxFixture()
        _ = try await fixture.output("mkdir /opt && echo hola > /opt/x && echo 1 > /etc/extra")
        let text = try await fixture.output("ls -d /opt /etc/extra; stat -c %a /tmp /build /; true")
        #expect(!text.contains("/opt\n"))
        #expect(text.hasSuffix("1777\n700\n755\n"))
    }

    @Test func devices() async throws {
        let fixture = try await SandboxFixture()
        let text = try await fixture.output(
            """
            cd /dev; printf '%s ' *; echo
            echo x > null; head -c 2 zero | od -An -tx1; head -c 1 urandom | wc -c
            echo x > full || echo full; echo x > /dev/shm/x && cat /dev/shm/x
            (exec < tty) 2>/dev/null || echo 'no terminal'
            """)
        #expect(
            text.hasPrefix(
                "core fd full null ptmx pts random shm stderr stdin stdout tty urandom zero \n"))
        #expect(text.contains("00 00\n1\n"))
        #expect(text.hasSuffix("full\nx\nno terminal\n"))
    }

    @Test func descriptorsAreClosed() async throws {
        // Descriptors that a careless part of the program leaves open across exec.
        let leaked = try (0..<3).map { _ in
            let number = unsafe open("/dev/null", O_RDWR)
            return try #require(number >= 0 ? number : nil)
        }
        defer { for number in leaked { close(number) } }
        let fixture = try await SandboxFixture()
        // 255 is bash's own when it reads a script; the last is the directory that is being read.
        let text = try await fixture.output("exec /usr/bin/ls /proc/self/fd")
        #expect(text == "0\n1\n2\n3\n")
        // Those of process 1 cannot be used; root may see how many there are.
        let more = try await fixture.output(
            "for f in /proc/1/fd/*; do readlink $f; done 2>/dev/null; true")
        #expect(more == text)
    }

    @Test func standardInputIsEmpty() async throws {
        let fixture = try await SandboxFixture()
        let text = try await fixture.output("wc -c; test -c /proc/self/fd/0 && echo device")
        #expect(text == "0\ndevice\n")
    }

    @Test func processesAreThoseOfTheBuild() async throws {
        let fixture = try await SandboxFixture()
        let text = try await fixture.output("cd /proc; echo [0-9]*; echo $$")
        #expect(text == "1 2\n2\n")
    }

    @Test func signalsAreReset() async throws {
        let fixture = try await SandboxFixture()
        signal(SIGUSR2, SIG_IGN)
        let text = try await fixture.output("grep -E '^Sig(Blk|Ign)' /proc/self/status")
        // bash ignores nothing on its own.
        #expect(text == "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n")
    }

    @Test func networkIsItsOwnLoopback() async throws {
        let fixture = try await SandboxFixture()
        let text = try await fixture.output(
            "tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '; cat /proc/net/route | wc -l")
        #expect(text == "lo\n1\n")
    }

    @Test func hostNetworkBringsNameResolutionAndCertificates() async throws {
        let fixture = try await SandboxFixture()
        let text = try await fixture.output(
            "cat /proc/net/dev; echo; echo x > /etc/hosts || echo read-only", network: .host)
        let host = try String(contentsOfFile: "/proc/net/dev", encoding: .utf8)
        let names = { (text: String) in
            text.split(separator: "\n").dropFirst(2).compactMap { $0.split(separator: ":").first }
        }
        #expect(Array(names(text).prefix(names(host).count)) == names(host))
        #expect(text.hasSuffix("read-only\n"))
        if FileManager.default.fileExists(atPath: "/etc/ssl/certs/ca-certificates.crt") {
            let more = try await fixture.output(
                "head -c 10 /etc/ssl/certs/ca-certificates.crt; ls /etc/ssl/certs", network: .host)
            #expect(more.hasSuffix("-----BEGIN" + "ca-certificates.crt\n"))
        }
    }
}
