// Builds with a builder of its own: one that runs programs plainly, as a shell would.
//
//     build-plainly STORE-ROOT PROGRAM
//
// PROGRAM makes the file or directory that the variable `out` names. It sees this machine as it is, so the store
// cannot vouch for what the result depends on; that is what the sandbox is for.
import Foundation
import NodeosStore

/// Why a build could not be run.
enum PlainBuilderError: Error, CustomStringConvertible {
    case notAProgram

    var description: String { "only programs are run plainly, no builtins" }
}

/// Runs the program of a derivation as a child of this process.
struct PlainBuilder: Builder {
    func run(
        _ action: BuildAction, log: @escaping @Sendable (Span<UInt8>) throws -> Void
    ) async throws -> BuildResult {
        guard case .program(let program, let arguments) = action.work else {
            throw PlainBuilderError.notAProgram
        }
        let (made, work) = (action.directory + "/made", action.directory + "/work")
        for place in [made, work] {
            try FileManager.default.createDirectory(
                atPath: place, withIntermediateDirectories: true)
        }
        for (name, bytes) in action.files {
            try Data(bytes).write(to: URL(filePath: "\(work)/\(name)"))
        }
        // Without a sandbox, store paths are where they lie on this machine.
        let store = action.storeDirectory
        let places =
            action.inputs.map { (store.path(of: $0.path), $0.place) }
            + action.outputs.map { (store.path(of: $0), "\(made)/\($0.baseName)") }
        func here(_ text: ByteString) -> String {
            text == "/build"
                ? work
                : places.reduce(text.description) { $0.replacing($1.0, with: $1.1) }
        }
        let process = Process()
        process.executableURL = URL(filePath: here(program))
        process.arguments = arguments.map(here)
        process.environment = Dictionary(
            uniqueKeysWithValues: action.environment.map { ($0.key.description, here($0.value)) })
        process.currentDirectoryURL = URL(filePath: work)
        process.standardInput = FileHandle.nullDevice
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output

        let start = Date()
        try process.run()
        try await withTaskCancellationHandler {
            do {
                // This thread may wait: a realisation has its own.
                while case let bytes = output.fileHandleForReading.availableData, !bytes.isEmpty {
                    try log([UInt8](bytes).span)
                }
            } catch {
                process.terminate()
                process.waitUntilExit()
                throw error
            }
            process.waitUntilExit()
        } onCancel: {
            process.terminate()
        }
        let status = process.terminationStatus
        let ending: BuildOutcome.Ending =
            if Task.isCancelled {
                .cancelled
            } else {
                process.terminationReason == .exit ? .exited(status) : .signalled(status)
            }
        let stop = Date()
        let outcome = BuildOutcome(
            ending: ending, startTime: Int64(start.timeIntervalSince1970),
            stopTime: Int64(stop.timeIntervalSince1970),
            wallTime: .seconds(stop.timeIntervalSince(start)))
        return BuildResult(outcome, folder: "made")
    }
}

let arguments = CommandLine.arguments
guard arguments.count == 3 else {
    print("usage: build-plainly STORE-ROOT PROGRAM")
    exit(2)
}

do {
    var configuration = StoreSession.Configuration(layout: StoreLayout(root: arguments[1]))
    configuration.builder = PlainBuilder()
    configuration.onEvent = { event in
        guard case .log(let path, let line) = event else { return }
        let text = "\(path.name)> \(String(decoding: line, as: UTF8.self))\n"
        FileHandle.standardError.write(Data(text.utf8))
    }
    let session = try StoreSession(configuration, access: .creating)
    let program = try session.addTree(at: arguments[2], name: "program").path
    let derivation = try session.add(
        Derivation(
            name: "made-plainly", outputs: ["out": .deferred], inputSources: [program],
            system: ByteString(Machine.current().system),
            builder: ByteString(session.text(of: program))))
    for path in try await session.realise(derivation).values {
        print(session.text(of: path), session.realPath(of: path))
    }
} catch {
    FileHandle.standardError.write(Data("error: \(error)\n".utf8))
    exit(1)
}
