import Foundation
import Primitives
import Sandbox
import Testing

/// What a builder finds (docs/formats/build-environment.md).
@Suite struct EnvironmentTests {
    @Test func userGroupsAndHostName() async throws {
        let fixture = try await SandboxFixture()
        let text = try await fixture.output(
            "id -u; id -g; id -un; id -gn; hostname; umask; pwd; cat /etc/hosts")
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
}
