import Primitives
import Sandbox
import Testing

/// Requests whose builder would not see what they say are refused before anything is touched.
@Suite struct ValidationTests {
    private static let store = "/nodeos/store"

    private static func request(
        _ inputs: [(String, String)] = [("/usr", "/usr")], command: ByteString = "/usr/bin/true",
        arguments: [ByteString] = [], environment: [ByteString: ByteString] = [:],
        store: String = store, outputs: Set<String> = [], directory: String = "/nonexistent",
        network: BuildRequest.Network = .none
    ) -> BuildRequest {
        BuildRequest(
            inputs: inputs.map { .init(hostPath: $0.0, sandboxPath: $0.1) }, command: command,
            arguments: arguments, environment: environment, storeDirectory: store,
            outputs: outputs, hostDirectory: directory, network: network)
    }

    private static let refused: [(BuildRequest, String)] = [
        (request(directory: "relative"), "'relative' is not a plain absolute path"),
        (request(directory: "/a/../b"), "'/a/../b' is not a plain absolute path"),
        (request(directory: "/a/"), "'/a/' is not a plain absolute path"),
        (request(directory: "/a\0b"), "'/a\0b' is not a plain absolute path"),
        (request(store: "/"), "'/' is not a plain absolute path"),
        (
            request([("/usr", "/usr/./x")]),
            "the input '/usr' at '/usr/./x' is not a plain absolute path"
        ),
        (request([("/usr", "/proc/x")]), "'/proc/x' hides the sandbox's own '/proc'"),
        (request([("/etc", "/etc")]), "'/etc' hides the sandbox's own '/etc/group'"),
        (request(store: "/tmp"), "'/tmp' hides the sandbox's own '/tmp'"),
        (
            request([("/usr", "/usr"), ("/x", "/etc/ssl/x")], network: .host),
            "'/etc/ssl/x' hides the sandbox's own '/etc/ssl'"
        ),
        (request([("/usr", "/usr"), ("/lib", "/usr")]), "'/usr' is named twice"),
        (
            request([("/usr", "/usr"), ("/x", "\(store)/x")], outputs: ["\(store)/x"]),
            "'\(store)/x' is named twice"
        ),
        (
            request([("/usr", "/usr"), ("/lib", "/usr/lib")]),
            "the input '/usr/lib' lies in the input '/usr'"
        ),
        (
            request([("/usr", "/usr"), ("/x", "\(store)/a/b")]),
            "the input '\(store)/a/b' is not directly in '\(store)'"
        ),
        (
            request([("/usr", "/nodeos")]),
            "the input '/nodeos' is not directly in '\(store)'"
        ),
        (
            request(outputs: ["\(store)/a/b"]),
            "the output '\(store)/a/b' is not directly in '\(store)'"
        ),
        (request(outputs: ["/usr/x"]), "the output '/usr/x' is not directly in '\(store)'"),
        (request(command: "/proc/self/exe"), "the builder '/proc/self/exe' is not in an input"),
        (request(command: "/usr/../proc/x"), "the builder '/usr/../proc/x' is not in an input"),
        (request(command: "true"), "the builder 'true' is not in an input"),
        (request(command: "/usrlocal/x"), "the builder '/usrlocal/x' is not in an input"),
        (request(arguments: ["a\0b"]), "the argument 'a\0b' holds a NUL byte"),
        (request(environment: ["a=b": ""]), "'a=b' cannot name an environment variable"),
        (request(environment: ["": ""]), "'' cannot name an environment variable"),
        (
            request(environment: ["a": "\0"]),
            "the environment variable 'a' holds a NUL byte"
        ),
    ]

    @Test(arguments: refused.indices)
    func refusedRequests(_ index: Int) async throws {
        let fixture = try await SandboxFixture()
        let (request, reason) = Self.refused[index]
        await #expect(throws: SandboxError.invalidRequest(reason)) {
            try await fixture.run(request)
        }
    }

    @Test func inputsAreSorted() {
        let request = Self.request([("/b", "/z"), ("/c", "/a"), ("/usr", "/usr")])
        #expect(request.inputs.map(\.sandboxPath) == ["/a", "/usr", "/z"])
        #expect(request == Self.request([("/usr", "/usr"), ("/c", "/a"), ("/b", "/z")]))
    }
}
