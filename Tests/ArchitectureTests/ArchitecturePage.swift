import Foundation

/// The targets of `Package.swift`, in its order, each with what it depends on.
struct ArchitectureManifest {
    /// A target's folder below `Sources`, and its dependencies as modules.
    let rows: [(target: String, dependencies: [String])]

    var table: [String: Set<String>] {
        Dictionary(rows.map { ($0.target, Set($0.dependencies)) }) { first, _ in first }
    }

    init() throws {
        let text = try String(
            contentsOf: ImportTests.root.appending(path: "Package.swift"), encoding: .utf8)
        // `let grdb: Target.Dependency = .product(name: "GRDB", …`
        let products = Dictionary(
            text.matches(of: #/let (\w+): Target\.Dependency = \.product\(\s*name: "(\w+)"/#).map {
                (String($0.1), String($0.2))
            }
        ) { first, _ in first }
        func modules(_ list: Substring) -> [String] {
            list.split(separator: ",").compactMap { item in
                let word = item.trimmingCharacters(in: .whitespacesAndNewlines)
                guard !word.isEmpty else { return nil }
                return products[word] ?? word.trimmingCharacters(in: ["\""])
            }
        }
        var found: [(place: String.Index, target: String, dependencies: [String])] = []
        for match in text.matches(of: #/library\(\s*"(\w+)", in: "(\w+)",\s*\[([^\]]*)\]/#) {
            found.append((match.range.lowerBound, "\(match.2)/\(match.1)", modules(match.3)))
        }
        for match in text.matches(
            of: #/name: "[\w-]+",\s*dependencies: \[([^\]]*)\],\s*path: "Sources/([\w\/-]+)"/#)
        {
            found.append((match.range.lowerBound, String(match.2), modules(match.1)))
        }
        rows = found.sorted { $0.place < $1.place }.map { ($0.target, $0.dependencies) }
    }

    /// A line for each target, those that know most first: what it needs of ours and not by way of another.
    var drawing: String {
        let ours = Dictionary(
            rows.map { (String($0.target.split(separator: "/").last ?? ""), $0.dependencies) }
        ) { first, _ in first }
        func below(_ name: String) -> Set<String> {
            (ours[name] ?? []).reduce(into: []) { $0.formUnion(below($1).union([$1])) }
        }
        let names = rows.map { $0.target.split(separator: "/").map(String.init) }
        let width = names.compactMap { $0.last?.count }.max() ?? 0
        var group = ""
        return rows.reversed().map { row in
            let parts = row.target.split(separator: "/").map(String.init)
            let name = parts.last ?? ""
            let direct = row.dependencies.filter { dependency in
                !row.dependencies.contains { below($0).contains(dependency) }
            }
            let room = parts.first ?? ""
            defer { group = room }
            let label = room == group ? "" : room
            return label.padding(toLength: 10, withPad: " ", startingAt: 0)
                + name.padding(toLength: width, withPad: " ", startingAt: 0)
                + (direct.isEmpty ? "" : " → " + direct.joined(separator: ", "))
        }.joined(separator: "\n")
    }
}

/// `docs/architecture.md`: a table for people and for ``ImportTests``, and a drawing, both of which the
/// manifest decides.
struct ArchitecturePage {
    static let file = ImportTests.root.appending(path: "docs/architecture.md")
    private static let begin = "<!-- drawn from Package.swift by make architecture -->\n```\n"
    private static let end = "\n```\n<!-- end -->"

    private let text: String
    /// The rows: a target, what the page says it holds, and what it may import.
    private var rows: [(line: Range<String.Index>, target: String, holds: String, list: [String])] {
        text.matches(of: #/(?m)^\| `([\w\/-]+)` \| (.*) \| ([^|]*) \|$/#).map { match in
            let list = match.3.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
            return (match.range, String(match.1), String(match.2), list)
        }
    }

    init() throws { text = try String(contentsOf: Self.file, encoding: .utf8) }

    var table: [String: Set<String>] {
        Dictionary(rows.map { ($0.target, Set($0.list)) }) { first, _ in first }
    }

    var drawing: String {
        guard let begin = text.range(of: Self.begin),
            let end = text.range(of: Self.end, range: begin.upperBound..<text.endIndex)
        else { return "" }
        return String(text[begin.upperBound..<end.lowerBound])
    }

    /// The page as the manifest has it: rows in its order, what they hold as before. Whoever adds a target
    /// says what it holds.
    func drawn(from manifest: ArchitectureManifest) -> String {
        let holds = Dictionary(rows.map { ($0.target, $0.holds) }) { first, _ in first }
        let lines = manifest.rows.map { row in
            let text = holds[row.target] ?? "(say what it holds)"
            return "| `\(row.target)` | \(text) | \(row.dependencies.joined(separator: ", ")) |"
        }
        var text = text
        // The last first, so that places before it stay right.
        if let begin = text.range(of: Self.begin),
            let end = text.range(of: Self.end, range: begin.upperBound..<text.endIndex)
        {
            text.replaceSubrange(begin.upperBound..<end.lowerBound, with: manifest.drawing)
        }
        if let first = rows.first, let last = rows.last {
            text.replaceSubrange(
                first.line.lowerBound..<last.line.upperBound, with: lines.joined(separator: "\n"))
        }
        return text
    }
}
