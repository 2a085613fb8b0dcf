import Graphs
import LocalStore
import Primitives
import StoreModel

/// What `graph --critical-path` answers.
struct CriticalPathAnswer: CommandAnswer {
    private let path: RecordedCriticalPath
    private let directory: StoreDirectory

    private var chain: CriticalPath { path.chain }

    init(of root: StorePath, in store: LocalStore) throws {
        path = try RecordedCriticalPath(of: root, in: store)
        directory = store.storeDirectory
    }

    var json: JSONValue {
        .object([
            "derivations": .count(chain.count), "recorded": .count(path.known),
            "totalTime": .integer(chain.total.wholeMilliseconds),
            "processorTime": .integer(path.processor.wholeMilliseconds),
            "criticalTime": .integer(chain.length.wholeMilliseconds),
            "parallelism": .number((chain.parallelism * 100).rounded() / 100),
            "chain": .array(
                chain.steps.map { step in
                    .object([
                        "derivation": .string(directory.path(of: step.path)),
                        "time": .integer(step.time.wholeMilliseconds),
                        "gain": .integer(step.gain.wholeMilliseconds),
                        "isEstimated": .bool(path.estimated.contains(step.path)),
                    ])
                }),
            "speedUpFirst": .strings(path.best.prefix(3).map { directory.path(of: $0.path) }),
        ])
    }

    func text(for output: CommandOutput) -> String {
        guard chain.length > .zero else {
            return "no build of these \(chain.count) derivations is recorded here\n"
        }
        var text =
            "longest chain \(Self.duration(chain.length)), all builds one by one "
            + "\(Self.duration(chain.total)), CPU \(Self.duration(path.processor)); "
            + "\(path.known) of \(chain.count) derivations have a recorded build\n"
        let jobs = Int(chain.parallelism.rounded(.up))
        text +=
            jobs > 1
            ? "more than \(jobs) builds at once hardly help; "
                + "nothing is faster than the chain:\n\n"
            : "nearly every build waits for the one before; more builds at once do not help:\n\n"
        var table = TextTable(["at", "time", "gain", "derivation"], rightAligned: [0, 1, 2])
        var start = Duration.zero
        for step in chain.steps {
            table.add([
                Self.duration(start), Self.duration(step.time),
                step.gain > .zero ? Self.duration(step.gain) : "-",
                step.path.derivationName
                    + (path.estimated.contains(step.path) ? " (estimated)" : ""),
            ])
            start += step.time
        }
        text += table.text
        let names = path.best.prefix(3).map {
            "\($0.path.derivationName) (\(Self.duration($0.gain)))"
        }
        if !names.isEmpty { text += "\nspeed up first: \(names.joined(separator: ", "))\n" }
        return text
    }

    private static func duration(_ time: Duration) -> String {
        PlanSummary.duration(Double(time.wholeMilliseconds) / 1000)
    }
}

extension Duration {
    fileprivate var wholeMilliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }
}
