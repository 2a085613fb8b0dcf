import Foundation
import NodeosStore
import Synchronization
import TestSupport
import Testing

/// A store that a program opens by itself, in a folder of the test's own.
struct SessionFixture {
    let directory: TemporaryDirectory
    var configuration: StoreSession.Configuration

    init() throws {
        directory = try TemporaryDirectory()
        configuration = StoreSession.Configuration(
            layout: StoreLayout(root: directory.file("root")))
    }

    func open(_ access: StoreSession.Access = .creating) throws -> StoreSession {
        try StoreSession(configuration, access: access)
    }

    /// Lets `mirror://test/` lead to a server of the test.
    mutating func name(_ server: LoopbackServer) throws {
        configuration.mirrors = try MirrorTable(options: ["test=\(server.url("/"))"])
    }

    /// A download of `bytes` as `name`, from the mirror.
    func download(_ name: String, _ bytes: [UInt8]) throws -> Derivation {
        let digest = Digest.hash(bytes)
        let path = try StoreDirectory.nodeos.fixedOutputPath(
            name: name, method: .flat, digest: digest)
        return Derivation(
            name: name, outputs: ["out": .fixed(path, method: .flat, digest: digest)],
            system: "builtin", builder: "builtin:fetchurl",
            environment: ["url": ByteString("mirror://test/\(name)")])
    }
}

/// What a program can do that embeds the library and knows nothing of the command.
@Suite(.timeLimit(.minutes(10))) struct SessionTests {
    private let body = Array("what is fetched\n".utf8)

    @Test func aDerivationWithAFetchIsRealised() async throws {
        let server = try LoopbackServer { [body] in .ranged(body, for: $0) }
        var fixture = try SessionFixture()
        try fixture.name(server)
        fixture.configuration.builtins = .file(try BuiltCommand.path())
        fixture.configuration.clock = { 4_000_000_000 }
        let events = Events()
        let session = try fixture.open().reporting { events.add($0) }
        let derivation = try session.add(fixture.download("file", body))

        let outputs = try await session.realise(derivation)
        let output = try #require(outputs["out"])
        let file = URL(filePath: session.realPath(of: output))
        #expect(try [UInt8](Data(contentsOf: file)) == body)
        #expect(events.names == ["planned", "started", "finished"])
        #expect(try session.store.database.lastUseTimes()[output] == 4_000_000_000)

        // What is there is not looked for again, and needs no helper.
        var without = fixture.configuration
        without.builtins = .none
        let again = try await StoreSession(without).realise([.outputs(of: derivation, ["out"])])
        #expect(again.paths == [output])
        #expect(again.goals.first?.goal == .outputs(of: derivation, ["out"]))
        #expect(server.requests.count == 1)
    }

    @Test func aHelperIsWhatIsNamedAndNothingElse() async throws {
        let server = try LoopbackServer { [body] in .ranged(body, for: $0) }
        var fixture = try SessionFixture()
        try fixture.name(server)
        let derivation = try fixture.open().add(fixture.download("file", body))
        let wrong: [(BuiltinProgram, String)] = [
            (.none, "no program was named"),
            (.file("/bin/true"), "'/bin/true' cannot be used"),
            (.file(fixture.directory.file("absent")), "No such file"),
        ]
        for (program, words) in wrong {
            fixture.configuration.builtins = program
            let session = try fixture.open()
            let error = await #expect(throws: StoreError.self) {
                try await session.realise(derivation)
            }
            #expect(error?.description.contains(words) == true, "\(error as Any)")
        }
        #expect(server.requests.isEmpty)
        let folder = try TemporaryDirectory()
        try folder.link("nodeos-store", to: BuiltCommand.path())
        fixture.configuration.builtins = .installed(searchPath: "/nowhere:\(folder.path)")
        #expect(try await fixture.open().realise(derivation).count == 1)
    }

    /// In a process of its own: another test's may have offered itself as the helper.
    @Test func aProgramThatDoesNotAnswerIsNotStartedAgain() async {
        await #expect(processExitsWith: .success) {
            #expect(throws: BuiltinProgramError.self) { try BuiltinProgram.running() }
            _ = BuiltinChild.answer([])
            #expect(throws: Never.self) { try BuiltinProgram.running() }
        }
    }

    /// Without a helper: what is built is what the session's builder makes of it.
    @Test func aBuilderOfAnotherKindBuilds() async throws {
        var fixture = try SessionFixture()
        fixture.configuration.machine = Machine(
            system: "riscv64-linux", systems: [], features: ["wings"])
        let builder = TextBuilder()
        fixture.configuration.builder = builder
        let session = try fixture.open()
        let input = try session.addText(name: "input", contents: Array("input\n".utf8))
        func add(_ name: String, text: String) throws -> StorePath {
            try session.add(
                Derivation(
                    name: name, outputs: ["out": .deferred], inputSources: [input],
                    system: "riscv64-linux", builder: ByteString(session.text(of: input)),
                    environment: ["requiredSystemFeatures": "wings", "text": ByteString(text)]))
        }
        let mention = session.text(of: input)
        let outputs = try await session.realise(add("made", text: mention))
        let output = try #require(outputs["out"])
        let info = try #require(try session.info(of: output))
        #expect(info.references == [input])
        #expect(
            try String(contentsOfFile: session.realPath(of: output), encoding: .utf8) == mention)
        let action = try #require(builder.actions.first)
        #expect(action.features == ["wings"] && action.system == "riscv64-linux")
        #expect(action.inputs == [.init(input, at: session.realPath(of: input))])
        #expect(!FileManager.default.fileExists(atPath: action.directory))

        // What it cannot do is told in its words.
        let refused = try add("refused", text: "")
        let error = await #expect(throws: StoreError.self) { try await session.realise(refused) }
        #expect(error?.description.contains("nothing to write") == true, "\(error as Any)")
        let absent = try session.outputs(of: refused)
        #expect(try session.validPaths(among: Array(absent.values)).isEmpty)
    }

    @Test func whatCannotBeMadeIsAValue() async throws {
        let server = try LoopbackServer { _ in .init(body: Array("something else".utf8)) }
        var fixture = try SessionFixture()
        try fixture.name(server)
        fixture.configuration.builtins = .file(try BuiltCommand.path())
        let session = try fixture.open()
        let derivation = try session.add(fixture.download("file", body))
        await #expect {
            try await session.realise(derivation)
        } throws: { error in
            guard case StoreError.realisation(.downloadMismatch(derivation, _)) = error else {
                return false
            }
            return true
        }
        let outputs = try session.outputs(of: derivation)
        #expect(try session.validPaths(among: Array(outputs.values)).isEmpty)
    }

    @Test func aCancelledTaskSaysSo() async throws {
        let server = try LoopbackServer { [body] _ in
            LoopbackServer.Response(body: body).broken(after: 1, .stall)
        }
        var fixture = try SessionFixture()
        try fixture.name(server)
        fixture.configuration.builtins = .file(try BuiltCommand.path())
        let session = try fixture.open()
        let derivation = try session.add(fixture.download("file", body))
        let work = Task { try await session.realise(derivation) }
        while server.requests.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        work.cancel()
        await #expect {
            try await work.value
        } throws: { error in
            if case StoreError.cancelled = error { true } else { false }
        }
    }

    @Test func proxiesAreThoseOfTheConfiguration() async throws {
        let proxy = try LoopbackServer { _ in .init(404) }
        var fixture = try SessionFixture()
        fixture.configuration.environment = ["http_proxy": proxy.url("")]
        fixture.configuration.caches = [try CacheAddress(parsing: "http://cache.invalid")]
        let session = try fixture.open()
        let path = try StorePath(baseName: "2j4s87fjdzwlixi17230c3kgxihm6g6m-x")
        await #expect {
            try await session.realise([.path(path)])
        } throws: { error in
            guard case StoreError.realisation(.cannotMake(path)) = error else { return false }
            return true
        }
        #expect(proxy.requests.first?.path.hasPrefix("http://cache.invalid/") == true)
    }

    @Test func noEnvironmentIsReadUnlessItIsGiven() throws {
        let fixture = try SessionFixture()
        let root = fixture.directory.file("root")
        let configuration = try StoreSession.Configuration.machine(
            environment: [
                "NODEOS_ROOT": "root/./",
                "NODEOS_SUBSTITUTERS": "https://one https://two?priority=3",
                "NODEOS_MAX_PROCESSES": "0", "PATH": "/somewhere",
            ], workingDirectory: fixture.directory.path)
        #expect(configuration.layout == StoreLayout(root: root))
        #expect(configuration.caches.map(\.url.text) == ["https://one", "https://two"])
        #expect(configuration.caches.map(\.priority) == [nil, 3])
        #expect(configuration.options.maxProcesses == nil)
        let bad = [
            ["NODEOS_STATE_DIR": "relative"], ["NODEOS_MAX_PROCESSES": "3"],
            ["NODEOS_TRUSTED_KEYS": "nokey"], ["NODEOS_ROOT": "/a/../b"],
        ]
        for environment in bad {
            let name = try #require(environment.keys.first)
            #expect {
                try StoreSession.Configuration.machine(
                    environment: environment, workingDirectory: "/")
            } throws: { "\($0)".contains(name) }
        }
    }
}

/// Writes what the derivation's `text` says.
private final class TextBuilder: Builder {
    private struct NothingToWrite: Error, CustomStringConvertible {
        let description = "nothing to write"
    }

    private let asked = Mutex<[BuildAction]>([])

    var actions: [BuildAction] { asked.withLock { $0 } }

    func run(
        _ action: BuildAction, log: @escaping @Sendable (Span<UInt8>) throws -> Void
    ) async throws -> BuildResult {
        asked.withLock { $0.append(action) }
        guard let text = action.environment["text"], !text.isEmpty else { throw NothingToWrite() }
        let folder = action.directory + "/texts"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for output in action.outputs {
            try Data(text.bytes).write(to: URL(filePath: "\(folder)/\(output.baseName)"))
        }
        return BuildResult(
            BuildOutcome(ending: .exited(0), startTime: 1, stopTime: 2), folder: "texts")
    }
}

/// What was told, without progress and log lines.
private final class Events: Sendable {
    private let told = Mutex<[String]>([])

    var names: [String] { told.withLock { $0 } }

    func add(_ event: RealisationEvent) {
        let name: String? =
            switch event {
            case .planned: "planned"
            case .started: "started"
            case .finished: "finished"
            case .failed: "failed"
            default: nil
            }
        if let name { told.withLock { $0.append(name) } }
    }
}
