// Realises derivations and shows what happens.
//
//     realise-with-progress STORE-ROOT DRV...
//
// Everything else is taken from the environment, as the command takes it.
import Foundation
import NodeosStore

if let status = BuiltinChild.answer(Array(CommandLine.arguments.dropFirst())) { exit(status) }

let arguments = CommandLine.arguments
guard arguments.count > 2 else {
    print("usage: realise-with-progress STORE-ROOT DRV...")
    exit(2)
}

/// Writes a line where progress goes.
@Sendable func tell(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }

do {
    var configuration = try StoreSession.Configuration.machine(
        environment: ProcessInfo.processInfo.environment,
        workingDirectory: FileManager.default.currentDirectoryPath)
    configuration.layout = StoreLayout(root: arguments[1])
    configuration.builtins = try .running()

    let session = try StoreSession(configuration, access: .creating).reporting { event in
        switch event {
        case .planned(let plan, _): tell("planned: \(plan.steps.count)")
        case .started(let path, let kind): tell("\(kind.rawValue): \(path.name)")
        case .log(let path, let line):
            tell("\(path.name)> \(String(decoding: line, as: UTF8.self))")
        case .progress(let path, let done, let total): tell("\(path.name): \(done) of \(total)")
        case .finished(let path, _): tell("finished: \(path.name)")
        case .failed(let path, _): tell("failed: \(path.name)")
        default: break
        }
    }
    let goals = try arguments.dropFirst(2).map { Goal.outputs(of: try session.path($0), []) }
    for path in try await session.realise(goals).paths { print(session.text(of: path)) }
} catch StoreError.realisation(let error) {
    tell("not realised: \(error)")
    exit(100)
} catch {
    tell("error: \(error)")
    exit(1)
}
