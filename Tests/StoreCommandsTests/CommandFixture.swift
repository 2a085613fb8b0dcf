import Primitives
import StoreCommands
import Synchronization
import TestSupport

/// Runs `nodeos-store` in this process, with a store of its own under `--root` and nothing else:
/// no environment, no standard input but what is given, a clock that stands.
struct CommandFixture {
    /// What a command printed and how it ended.
    struct Outcome {
        let status: StoreCommands.ExitStatus
        let output: [UInt8]
        let errors: String

        /// Standard output as text.
        var text: String { String(decoding: output, as: UTF8.self) }
        /// The lines of standard output.
        var lines: [String] { text.split(separator: "\n").map(String.init) }
        /// Standard output as JSON.
        var json: JSONValue { get throws { try JSONValue(parsing: output) } }
    }

    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    /// Where the store's bytes are.
    var root: String { directory.file("root") }

    /// Runs a command; in the fixture's store unless `environment` says otherwise.
    func run(
        _ arguments: [String], input: [UInt8] = [], environment: [String: String]? = nil
    ) async -> Outcome {
        let printed = Mutex([UInt8]())
        let complained = Mutex([UInt8]())
        let rest = Mutex(input[...])
        let context = CommandContext(
            environment: environment ?? ["NODEOS_ROOT": root],
            workingDirectory: directory.path,
            input: CommandInput { buffer in
                rest.withLock { rest in
                    let count = min(buffer.count, rest.count)
                    buffer.replaceSubrange(0..<count, with: rest.prefix(count))
                    rest = rest.dropFirst(count)
                    return count
                }
            },
            output: CommandOutput { bytes in
                let copy = bytes.copied()
                printed.withLock { $0 += copy }
            },
            errorOutput: CommandOutput { bytes in
                let copy = bytes.copied()
                complained.withLock { $0 += copy }
            },
            now: { 1_700_000_000 })
        let status = await NodeosStoreCommand.run(arguments, in: context)
        return Outcome(
            status: status, output: printed.withLock { $0 },
            errors: complained.withLock { String(decoding: $0, as: UTF8.self) })
    }
}
