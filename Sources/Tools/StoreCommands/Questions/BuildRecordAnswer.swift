import Primitives
import StoreDatabase
import StoreModel

/// How builds went, newest first, by derivation.
struct BuildRecordAnswer: CommandAnswer {
    let records: [(derivation: String, builds: [BuildRecord])]

    var json: JSONValue {
        .object(
            Dictionary(
                records.map { ($0.derivation, JSONValue.array($0.builds.map(\.json))) },
                uniquingKeysWith: { first, _ in first }))
    }

    func text(for output: CommandOutput) -> String {
        records.flatMap { derivation, builds in builds.map { "\(derivation): \($0.line)\n" } }
            .joined()
    }
}

extension BuildRecord {
    /// Times in milliseconds since 1970 and milliseconds, memory in bytes.
    var json: JSONValue {
        .object([
            "startTime": .integer(startTime), "stopTime": .integer(stopTime),
            "userTime": .integer(userTime.milliseconds),
            "systemTime": .integer(systemTime.milliseconds),
            "peakMemory": .count(peakMemory), "status": .string(status.rawValue),
            "machine": .string(machine),
        ])
    }

    /// For example `2026-11-21 04:43:13 UTC, 3m05s, CPU 2m10s, 512 MB: succeeded`.
    var line: String {
        let processor = Double((userTime + systemTime).milliseconds) / 1000
        return "\(UniversalTime(secondsSince1970: startTime / 1000)), "
            + PlanSummary.duration(Double(elapsed.milliseconds) / 1000)
            + ", CPU \(PlanSummary.duration(processor)), \(ByteCount(peakMemory)), on \(machine): "
            + status.rawValue
    }
}

extension Duration {
    fileprivate var milliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }
}
