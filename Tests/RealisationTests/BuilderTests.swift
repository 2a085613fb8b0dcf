import Foundation
import LocalStore
import Primitives
import Realisation
import Sandbox
import StoreDatabase
import StoreModel
import Substitutes
import Synchronization
import TestSupport
import Testing

/// A builder of another kind than the sandbox: it writes what the derivation's `text` says, and the names
/// and contents of the derivation's inputs that were built.
private final class WritingBuilder: Builder {
    /// What it was asked to do.
    let actions = Mutex<[BuildAction]>([])
    private let running = Atomic(0)
    private let together: Int

    /// - Parameter together: so many must be here at once before any goes on.
    init(together: Int = 1) { self.together = together }

    func run(
        _ action: BuildAction, log: @escaping @Sendable (Span<UInt8>) throws -> Void
    ) async throws -> BuildResult {
        actions.withLock { $0.append(action) }
        running.wrappingAdd(1, ordering: .relaxed)
        try await waitUntil { self.running.load(ordering: .relaxed) >= self.together }
        let line = Array("writing \(action.derivation.name)\n".utf8)
        try log(line.span)
        let text = action.environment["text"]?.string ?? ""
        let folder = action.directory + "/made"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        if text != "nothing" {
            for output in action.outputs {
                var contents = text + "\n"
                for input in action.inputs where input.path.name.hasPrefix("node-") {
                    let place = URL(filePath: input.place)
                    contents += action.storeDirectory.path(of: input.path) + ": "
                    contents += try String(contentsOf: place, encoding: .utf8)
                }
                try contents.write(
                    toFile: "\(folder)/\(output.baseName)", atomically: true, encoding: .utf8)
            }
        }
        return BuildResult(
            BuildOutcome(
                ending: text == "fails" ? .exited(3) : .exited(0), startTime: 1, stopTime: 2),
            folder: "made")
    }

    private func waitUntil(_ condition: () -> Bool) async throws {
        // Company that never comes: the test says how many there were.
        for _ in 0..<3000 where !condition() { try await Task.sleep(for: .milliseconds(1)) }
    }
}

/// A store below a temporary root, and derivations whose builder is a text of it.
private struct RealiserFixture {
    let directory: TemporaryDirectory
    let store: LocalStore
    private let program: StorePath

    init() throws {
        directory = try TemporaryDirectory()
        store = try LocalStore(
            opening: StoreLayout(root: directory.path + "/root"), access: .create)
        program = try store.addText(name: "program", contents: Array("not run\n".utf8))
    }

    /// Adds a derivation that needs the outputs of `inputs`.
    func add(_ name: String, text: String, _ inputs: [StorePath] = []) throws -> StorePath {
        let draft = Derivation(
            name: name, outputs: ["out": .deferred],
            inputDerivations: Dictionary(uniqueKeysWithValues: inputs.map { ($0, ["out"]) }),
            inputSources: [program], system: "x86_64-linux",
            builder: ByteString(store.storeDirectory.path(of: program)),
            environment: ["name": ByteString(name), "text": ByteString(text)])
        return try store.addDerivation(
            draft.filledIn(
                inputHashes: store.derivations.inputHashes(of: draft), in: store.storeDirectory))
    }

    func output(_ derivation: StorePath) throws -> StorePath {
        try #require(try store.derivations.derivation(derivation).outputs["out"]?.path)
    }

    func contents(_ path: StorePath) throws -> String {
        try String(
            contentsOf: URL(filePath: store.layout.realPath(of: path)), encoding: .utf8)
    }

    func realiser(
        _ builder: any Builder, jobs: Int = 1, keepGoing: Bool = false
    ) throws -> Realiser {
        var options = RealisationOptions()
        options.jobs = jobs
        options.keepGoing = keepGoing
        return Realiser(
            store: store, builder: builder, mirrors: try MirrorTable(),
            machine: Machine(system: "x86_64-linux", systems: [], features: []), options: options,
            environment: [:], onEvent: { _ in })
    }
}

@Suite(.timeLimit(.minutes(10))) struct BuilderTests {
    @Test func anotherBuilderRealisesAGraph() async throws {
        let fixture = try RealiserFixture()
        let base = try fixture.add("node-base", text: "base")
        let sides = try ["left", "right"].map {
            try fixture.add("node-\($0)", text: $0, [base])
        }
        let top = try fixture.add("node-top", text: "top", sides)
        let builder = WritingBuilder()
        try await fixture.realiser(builder).realise([.outputs(of: top, [])])
        let output = try fixture.output(top)
        #expect(try fixture.contents(output).hasPrefix("top\n"))
        // What it names of its inputs was found in what it made.
        let info = try #require(try fixture.store.database.info(output))
        let outputs = try sides.map { try fixture.output($0) }
        #expect(info.references.isSuperset(of: outputs))
        #expect(info.deriver == top)
        let actions = builder.actions.withLock { $0 }
        #expect(actions.map(\.derivation).first == base && actions.count == 4)
        let last = try #require(actions.last)
        #expect(last.derivation == top && last.outputs == [output])
        #expect(Set(last.inputs.map(\.path)).isSuperset(of: outputs))
        #expect(last.inputs.allSatisfy { $0.treeDigest == nil })
        #expect(last.environment["NIX_BUILD_CORES"] == "1" && last.machineFiles.isEmpty)
        #expect(!FileManager.default.fileExists(atPath: last.directory))
        // It is there now.
        try await fixture.realiser(builder).realise([.outputs(of: top, [])])
        #expect(builder.actions.withLock { $0.count } == 4)
    }

    /// `--jobs`: three at once, and each waits for the others.
    @Test func buildsRunBesideEachOther() async throws {
        let fixture = try RealiserFixture()
        let nodes = try (0..<3).map { try fixture.add("node-\($0)", text: "\($0)") }
        let builder = WritingBuilder(together: 3)
        try await fixture.realiser(builder, jobs: 3).realise(nodes.map { .outputs(of: $0, []) })
        for node in nodes {
            let output = try fixture.output(node)
            #expect(try fixture.store.database.isValid(output))
        }
    }

    @Test func whatAnotherBuilderDoesWrongIsItsFailure() async throws {
        let fixture = try RealiserFixture()
        let bad = try fixture.add("node-bad", text: "fails")
        let empty = try fixture.add("node-empty", text: "nothing")
        let above = try fixture.add("node-above", text: "above", [bad])
        let fine = try fixture.add("node-fine", text: "fine")
        let realiser = try fixture.realiser(WritingBuilder(), keepGoing: true)
        let error = await #expect(throws: RealisationError.self) {
            try await realiser.realise([above, empty, fine].map { .outputs(of: $0, []) })
        }
        let text = "\(try #require(error))"
        #expect(text.contains("node-bad.drv' failed with exit status 3; last 1 lines:"), "\(text)")
        #expect(text.contains("node-above.drv' was not built"), "\(text)")
        #expect(text.contains("node-empty.drv' did not make its output 'out'"), "\(text)")
        let output = try fixture.output(fine)
        #expect(try fixture.store.database.isValid(output))
        for derivation in [bad, empty, above] {
            let output = try fixture.output(derivation)
            #expect(try !fixture.store.database.isValid(output))
        }
    }
}
