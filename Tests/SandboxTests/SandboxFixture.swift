import Foundation
import Primitives
import Sandbox
import Synchronization
import Testing

/// A private build directory, the host's shell as input, and what a build printed.
final class SandboxFixture: Sendable {
    /// The build's private directory, removed with the fixture.
    let directory: String
    let sandbox: Sandbox
    private let printed = Mutex<[UInt8]>([])

    static let storeDirectory = "/nodeos/store"

    /// Cancels the test on a machine that cannot run a sandbox at all.
    init() async throws {
        var template = Array("/tmp/nodeos-sandbox-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else { throw POSIXError(.EIO) }
        directory = String(
            decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        try Self.require(
            try await SandboxProbe.run(in: directory))
        sandbox = try Sandbox()
    }

    /// Cancels the test when no build can be run here.
    private static func require(_ probe: SandboxProbe) throws {
        guard let failure = probe.failure else { return }
        switch failure {
        case .userNamespacesUnavailable: try Test.cancel("\(failure)")
        default: throw failure
        }
    }

    deinit {
        _ = try? FileManager.default.removeItem(atPath: directory)
    }

    /// The host's programs, as inputs.
    static let hostInputs: [BuildRequest.Input] = ["/bin", "/lib", "/lib64", "/usr"]
        .filter { FileManager.default.fileExists(atPath: $0) }
        .map { BuildRequest.Input(hostPath: $0, sandboxPath: $0) }

    /// A request that runs a shell script.
    func request(
        _ script: String, inputs: [BuildRequest.Input] = [], outputs: Set<String> = [],
        network: BuildRequest.Network = .none, limits: BuildRequest.Limits = .init()
    ) -> BuildRequest {
        BuildRequest(
            inputs: Self.hostInputs + inputs, command: "/usr/bin/bash",
            arguments: ["-c", ByteString(script)],
            environment: ["PATH": "/usr/bin", "PWD": "/build", "out": ByteString(Self.output)],
            storeDirectory: Self.storeDirectory, outputs: outputs, hostDirectory: directory,
            network: network, limits: limits)
    }

    static let output = storeDirectory + "/rflyy7abfgb8nlpvyh9gfk3kxway30z8-hola"

    /// Runs a request, collecting what it prints.
    func run(_ request: BuildRequest) async throws -> BuildOutcome {
        try await sandbox.run(request) { [self] chunk in
            printed.withLock { all in
                for index in chunk.indices { all.append(chunk[index]) }
            }
        }
    }

    /// Runs a script that must succeed, and returns what it printed.
    func output(
        _ script: String, inputs: [BuildRequest.Input] = [],
        network: BuildRequest.Network = .none
    ) async throws -> String {
        let outcome = try await run(request(script, inputs: inputs, network: network))
        #expect(outcome.ending == .exited(0), "\(text)")
        return text
    }

    /// All that was printed.
    var text: String { String(decoding: printed.withLock { $0 }, as: UTF8.self) }

    /// Creates a file on the host, to be used as an input.
    func hostFile(_ name: String, _ contents: String) throws -> String {
        let inputs = directory + "/inputs"
        unsafe mkdir(inputs, 0o755)
        try Data(contents.utf8).write(to: URL(filePath: inputs + "/" + name))
        return inputs + "/" + name
    }
}
