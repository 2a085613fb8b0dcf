import Primitives
import Realisation
import StoreModel

/// Events as JSON, one object a line: `{"event": …, "time": seconds since the start, …}`
/// (`docs/manual/progress.md`).
enum ProgressJSON {
    static func line(_ event: RealisationEvent, at time: Double) -> String {
        var members = details(event)
        members["time"] = .number((time * 1000).rounded() / 1000)
        return String(decoding: JSONValue.object(members).text(isPretty: false), as: UTF8.self)
    }

    private static func details(_ event: RealisationEvent) -> [String: JSONValue] {
        func of(_ name: String, _ path: StorePath, _ more: [String: JSONValue] = [:])
            -> [String: JSONValue]
        {
            more.merging(["event": .string(name), "derivation": .string(path.baseName)]) { $1 }
        }
        switch event {
        case .substitution(let event): return details(event)
        case .remark(let text): return ["event": .string("remark"), "text": .string(text)]
        case .planned(let plan, _):
            let counts = BuildPlan.Kind.allCases.map {
                ($0.rawValue, JSONValue.count(plan.count($0)))
            }
            return [
                "event": .string("planned"),
                "counts": .object(Dictionary(uniqueKeysWithValues: counts)),
                "fetchBytes": .count(plan.fetchBytes),
            ]
        case .waiting(let path): return of("waiting", path)
        case .started(let path, let kind):
            return of("started", path, ["kind": .string(kind.rawValue)])
        case .log(let path, let text):
            return of("log", path, ["line": .string(String(systemBytes: text))])
        case .progress(let path, let done, let total):
            return of("progress", path, ["done": .count(done), "total": .count(total)])
        case .repeated(let path, let round, let total):
            return of("repeated", path, ["round": .count(round), "of": .count(total)])
        case .agreed(let path, let builds):
            return of("agreed", path, ["builds": .count(builds)])
        case .diffHook(let path, let text):
            return of("diff-hook", path, ["line": .string(String(systemBytes: text))])
        case .shell(let path, let error, let command):
            return of(
                "shell", path,
                ["error": .string(error.description), "command": .string(command)])
        case .shellEnded(let path, let problem):
            return of("shell-ended", path, ["problem": .optional(problem)])
        case .finished(let path, let seconds):
            return of("finished", path, ["seconds": .number((seconds * 1000).rounded() / 1000)])
        case .alreadyValid(let path): return of("already-valid", path)
        case .failed(let path, let error):
            return of("failed", path, ["error": .string(error.description)])
        }
    }
}
