import Graphs
import LocalStore
import Primitives
import StoreDatabase
import StoreModel

/// What `graph --critical-path` answers.
struct CriticalPathAnswer: CommandAnswer {
    private let chain: CriticalPath
    /// CPU time of all builds, in user mode and in the kernel.
    private let processor: Duration
    /// How many derivations have a time of their own.
    private let known: Int
    /// Those whose time is that of another version of the package.
    private let estimated: Set<StorePath>
    private let directory: StoreDirectory

    /// Reads what was recorded: of each derivation its last successful build, else the last of its
    /// package.
    init(of root: StorePath, in store: LocalStore) throws {
        let members = try store.database.closure(of: [root]).filter(\.isDerivation)
        let records = try store.database.lastBuilds(of: members)
        let names = members.filter { records[$0] == nil }.map {
            ($0, Derivation.packageName(of: $0.derivationName))
        }
        let others = try store.database.lastBuildTimes(names: Set(names.map(\.1)))
        var times = records.mapValues(\.elapsed)
        for (path, name) in names { times[path] = others[name] }
        chain = try CriticalPath(
            of: root,
            inputs: { Array(try store.derivations.derivation($0).inputDerivations.keys) },
            time: { times[$0] ?? .zero })
        processor = records.values.reduce(.zero) { $0 + $1.userTime + $1.systemTime }
        known = records.count
        estimated = Set(names.map(\.0))
        directory = store.storeDirectory
    }

    /// The steps that would give most, largest first.
    private var best: [CriticalPath.Step] {
        chain.steps.filter { $0.gain > .zero }.sorted { $1.gain < $0.gain }
    }

    var json: JSONValue {
        .object([
            "derivations": .count(chain.count), "recorded": .count(known),
            "totalTime": .integer(chain.total.wholeMilliseconds),
            "processorTime": .integer(processor.wholeMilliseconds),
            "criticalTime": .integer(chain.length.wholeMilliseconds),
            "parallelism": .number((chain.parallelism * 100).rounded() / 100),
            "chain": .array(
                chain.steps.map { step in
                    .object([
                        "derivation": .string(directory.path(of: step.path)),
                        "time": .integer(step.time.wholeMilliseconds),
                        "gain": .integer(step.gain.wholeMilliseconds),
                        "isEstimated": .bool(estimated.contains(step.path)),
                    ])
                }),
            "speedUpFirst": .strings(best.prefix(3).map { directory.path(of: $0.path) }),
        ])
    }

    func text(for output: CommandOutput) -> String {
        guard chain.length > .zero else {
            return "no build of these \(chain.count) derivations is recorded here\n"
        }
        var text =
            "longest chain \(Self.duration(chain.length)), all builds one by one "
            + "\(Self.duration(chain.total)), CPU \(Self.duration(processor)); "
            + "\(known) of \(chain.count) derivations have a recorded build\n"
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
                step.path.derivationName + (estimated.contains(step.path) ? " (estimated)" : ""),
            ])
            start += step.time
        }
        text += table.text
        let names = best.prefix(3).map { "\($0.path.derivationName) (\(Self.duration($0.gain)))" }
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
