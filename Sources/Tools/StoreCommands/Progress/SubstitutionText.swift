import Primitives
import Realisation
import StoreModel

/// What a substitution tells people, in lines that stay.
enum SubstitutionText {
    /// - Parameter isBar: whether a bar shows what runs, so that paths need no lines of their own.
    static func lines(
        _ event: SubstitutionEvent, isBar: Bool, _ output: CommandOutput
    ) -> [StyledText] {
        switch event {
        case .planned(let plan): [StyledText(summary(plan))]
        case .remark(let line): [StyledText(oneLine(line))]
        case .waiting(let path):
            ["waiting for the lock of '\(path.name)': another process is making it"]
        case .started, .progress, .alreadyValid: []
        case .finished(let path, let time):
            isBar
                ? []
                : ["\(output.coloured("took", "32")) \(path.name) in \(PlanSummary.duration(time))"]
        case .refused(let path, let source, let reason):
            [StyledText(oneLine("\(path.name) is not taken from '\(source)': \(reason)"))]
        case .failed(let path): ["\(path.name) cannot be taken from a cache: it has to be built"]
        }
    }

    /// For example "to take from binary caches: 12 paths, 3.4 MB to download, 20.1 MB unpacked".
    static func summary(_ plan: SubstitutePlan) -> String {
        let count = plan.order.count
        return "to take from binary caches: \(count) \(count == 1 ? "path" : "paths"), "
            + "\(ByteCount(plan.downloadSize)) to download, \(ByteCount(plan.narSize)) unpacked"
    }

    /// What a server wrote may be in it.
    private static func oneLine(_ text: String) -> String {
        text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}

extension ProgressJSON {
    /// What is told of a substitution's event.
    static func details(_ event: SubstitutionEvent) -> [String: JSONValue] {
        func of(_ name: String, _ path: StorePath, _ more: [String: JSONValue] = [:])
            -> [String: JSONValue]
        {
            more.merging(["event": .string(name), "path": .string(path.baseName)]) { $1 }
        }
        switch event {
        case .planned(let plan):
            return [
                "event": .string("substitutes"), "count": .count(plan.order.count),
                "downloadBytes": .count(plan.downloadSize), "narBytes": .count(plan.narSize),
            ]
        case .remark(let line): return ["event": .string("remark"), "line": .string(line)]
        case .waiting(let path): return of("waiting", path)
        case .started(let path): return of("started", path, ["kind": .string("substitute")])
        case .progress(let path, let done, let total):
            return of("progress", path, ["done": .count(done), "total": .count(total)])
        case .finished(let path, let seconds):
            return of("finished", path, ["seconds": .number((seconds * 1000).rounded() / 1000)])
        case .alreadyValid(let path): return of("already-valid", path)
        case .refused(let path, let source, let reason):
            return of(
                "refused", path, ["source": .string(source), "reason": .string(reason)])
        case .failed(let path): return of("not-substituted", path)
        }
    }
}
