import FoundationEssentials
import Realisation
import StoreModel

/// Events as JSON, one object a line: `{"event": …, "time": seconds since the start, …}`
/// (`docs/manual/progress.md`).
enum ProgressJSON {
    private struct Line: Encodable {
        var event: String
        var time: Double
        var derivation: String?
        var kind: String?
        var line: String?
        var done: UInt64?
        var total: UInt64?
        var seconds: Double?
        var error: String?
        var counts: [String: Int]?
        var fetchBytes: UInt64?
    }

    static func line(_ event: RealisationEvent, at time: Double) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let data = (try? encoder.encode(value(event, (time * 1000).rounded() / 1000))) ?? Data()
        return String(decoding: data, as: UTF8.self)
    }

    private static func value(_ event: RealisationEvent, _ time: Double) -> Line {
        func line(_ name: String, _ path: StorePath?) -> Line {
            Line(event: name, time: time, derivation: path?.baseName)
        }
        var result: Line
        switch event {
        case .planned(let plan, _):
            result = line("planned", nil)
            result.counts = Dictionary(
                uniqueKeysWithValues: BuildPlan.Kind.allCases.map { ($0.rawValue, plan.count($0)) })
            result.fetchBytes = plan.fetchBytes
        case .waiting(let path): result = line("waiting", path)
        case .started(let path, let kind):
            result = line("started", path)
            result.kind = kind.rawValue
        case .log(let path, let text):
            result = line("log", path)
            result.line = String(decoding: text, as: UTF8.self)
        case .progress(let path, let done, let total):
            result = line("progress", path)
            result.done = done
            result.total = total
        case .finished(let path, let seconds):
            result = line("finished", path)
            result.seconds = (seconds * 1000).rounded() / 1000
        case .alreadyValid(let path): result = line("already-valid", path)
        case .failed(let path, let error):
            result = line("failed", path)
            result.error = error.description
        }
        return result
    }
}
