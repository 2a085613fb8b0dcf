import Audits
import Primitives
import StoreModel

/// What files of `audit rebuild --json` and `audit compare --json` say of one derivation.
struct ReportEntry: Sendable {
    let word: String
    let blame: [String]
    /// The differences, as lines.
    let lines: [String]

    var isSame: Bool { word == "same" }

    init(word: String, blame: [String], lines: [String]) {
        self.word = word
        self.blame = blame
        self.lines = lines
    }

    /// What `audit rebuild` found; what is too long is cut.
    init(_ record: RecordedRebuilds.Record) {
        word = record.word
        blame = record.blame.map { $0.map(\.rawValue).joined(separator: " with ") }
        var lines: [String] = []
        if let reason = record.reason {
            lines += reason.split(separator: "\n").prefix(40).map { String($0) }
        }
        for difference in record.differences.prefix(20) {
            lines.append("output \(difference["output"]?.string ?? "?"):")
            for item in (difference["difference"]?["differences"]?.array ?? []).prefix(20) {
                lines += Self.lines(item)
            }
        }
        self.lines = lines.prefix(400).map { $0.count > 400 ? $0.prefix(400) + "…" : $0 }
    }

    private static func lines(_ item: JSONValue) -> [String] {
        let path = item["path"]?.string ?? ""
        let causes = (item["causes"]?.array ?? []).compactMap(\.string).joined(separator: ", ")
        var lines = [
            "  \(path.isEmpty ? "the item itself" : path): \(item["kind"]?.string ?? "?")"
                + (causes.isEmpty ? "" : "; likely \(causes)")
        ]
        for key in ["notes", "removedLines", "addedLines"] {
            let mark = key == "notes" ? "" : key == "addedLines" ? "+ " : "- "
            lines += (item[key]?.array ?? []).prefix(12).compactMap(\.string)
                .map { "    \(mark)\($0)" }
        }
        for place in (item["places"]?.array ?? []).prefix(3) {
            guard let first = window(place["first"]), let second = window(place["second"]),
                let offset = place["offset"]?.integer, offset >= 0
            else { continue }
            let part = place["part"]?.string.map { "\($0), " } ?? ""
            lines.append("    \(part)byte \(offset):")
            lines += DifferingPlace.lines(first, second).map { "      \($0)" }
        }
        return lines
    }

    private static func window(_ value: JSONValue?) -> DifferingPlace.Window? {
        guard let start = value?["start"]?.integer, let text = value?["bytes"]?.string,
            start >= 0, text.utf8.count <= 128, let bytes = Base16.decode(text.utf8)
        else { return nil }
        return DifferingPlace.Window(start: UInt64(start), bytes: bytes)
    }
}
