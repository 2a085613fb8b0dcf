import Archives
import Audits
import Primitives

/// A comparison of two trees, for people and for programs.
enum TreeDifferenceText {
    /// Lines without their newlines; empty when nothing differs.
    static func lines(_ report: DifferenceReport) -> [String] {
        var lines = report.items.flatMap(Self.lines(of:))
        if report.count > report.items.count {
            lines.append("and \(report.count - report.items.count) more")
        }
        return lines
    }

    /// One line on how much differs and why; `nil` when nothing does.
    static func summary(_ report: DifferenceReport) -> String? {
        guard !report.isEmpty else { return nil }
        let places = report.count == 1 ? "1 difference" : "\(report.count) differences"
        guard !report.causes.isEmpty else { return "\(places); no likely cause was recognised" }
        return "\(places); likely causes: "
            + report.causes.map(\.explanation).joined(separator: ", ")
    }

    private static func lines(of item: DifferenceReport.Item) -> [String] {
        var lines = [item.difference.description]
        if let contents = item.contents {
            lines[0] += "; \(contents.differingCount) bytes in \(contents.runCount) places"
        }
        if !item.causes.isEmpty {
            lines[0] += "; likely " + item.causes.map(\.explanation).joined(separator: ", ")
        }
        guard let contents = item.contents else { return lines }
        lines += contents.notes.map { "    \($0.oneLine)" }
        lines += contents.removedLines.map { "    - \($0)" }
        lines += contents.addedLines.map { "    + \($0)" }
        for place in contents.places {
            let part = place.part.map { "\($0.oneLine), " } ?? ""
            let moved = place.offset == place.secondOffset ? "" : " and \(place.secondOffset)"
            lines.append("    \(part)byte \(place.offset)\(moved):")
            lines += place.lines.map { "      \($0)" }
        }
        return lines
    }

    /// The record; its fields are described in `docs/manual/comparing.md`.
    static func json(_ report: DifferenceReport) -> JSONValue {
        .object([
            "equal": .bool(report.isEmpty), "count": .count(report.count),
            "causes": .strings(report.causes.map(\.rawValue)),
            "differences": .array(report.items.map(json)),
        ])
    }

    private static func json(_ item: DifferenceReport.Item) -> JSONValue {
        var members: [String: JSONValue] = [
            "path": .string(item.difference.path.description),
            "causes": .strings(item.causes.map(\.rawValue)),
        ]
        switch item.difference.kind {
        case .onlyInFirst: members["kind"] = .string("removed")
        case .onlyInSecond: members["kind"] = .string("added")
        case .kinds(let first, let second):
            members["kind"] = .string("type")
            members["types"] = .strings([first, second])
        case .executable(let first):
            members["kind"] = .string("mode")
            members["executable"] = .array([.bool(first), .bool(!first)])
        case .targets(let first, let second):
            members["kind"] = .string("target")
            members["targets"] = .strings([first.description, second.description])
        case .contents(let offset, let first, let second):
            members["kind"] = .string("contents")
            members["offset"] = .count(offset)
            members["sizes"] = .array([.count(first), .count(second)])
        }
        if let contents = item.contents {
            members["differingBytes"] = .count(contents.differingCount)
            members["runs"] = .count(contents.runCount)
            members["notes"] = .strings(contents.notes)
            members["removedLines"] = .strings(contents.removedLines)
            members["addedLines"] = .strings(contents.addedLines)
            members["places"] = .array(contents.places.map(json))
        }
        return .object(members)
    }

    private static func json(_ place: DifferingPlace) -> JSONValue {
        func window(_ window: DifferingPlace.Window) -> JSONValue {
            .object([
                "start": .count(window.start), "bytes": .string(Base16.encode(window.bytes)),
            ])
        }
        return .object([
            "part": .optional(place.part), "offset": .count(place.offset),
            "secondOffset": .count(place.secondOffset), "first": window(place.first),
            "second": window(place.second),
        ])
    }
}
