import Foundation
import Recipes
import Testing

/// The table of versions in `docs/recipes.md`: what it says of a package is what the recipes say.
@Suite struct SupportTableTests {
    /// Name, version, licence.
    private struct Row: Hashable {
        let name: String, version: String, licence: String
    }

    /// The rows below the heading, one for each name in the first column.
    private static func rows() throws -> [Row] {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "docs/recipes.md")
        let text = try String(contentsOf: file, encoding: .utf8)
        let section = try #require(
            text.components(separatedBy: "\n## Versions and support\n").dropFirst().first)
        let lines = section.prefix(upTo: section.range(of: "\n## ")?.lowerBound ?? section.endIndex)
            .split(separator: "\n").filter { $0.hasPrefix("|") }.dropFirst(2)
        return lines.flatMap { line in
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            #expect(cells.count == 4 && !cells.contains(""), "not four cells: \(line)")
            return cells[0].components(separatedBy: ", ").map {
                Row(
                    name: $0.trimmingCharacters(in: ["`"]), version: cells[1], licence: cells[2])
            }
        }
    }

    @Test func saysWhatTheRecipesSay() throws {
        let packages = try PackageGraph.nodeos(for: .x8664).packages
        var recipes: Set<Row> = []
        for package in packages {
            guard let version = package.version, let licence = package.about.licence else {
                continue
            }
            let name = package.stage == .seed ? package.fullName : package.name
            recipes.insert(Row(name: name, version: version, licence: licence))
        }
        let rows = try Self.rows()
        #expect(Set(rows).count == rows.count, "a package stands there twice")
        #expect(recipes.subtracting(rows).map { "\($0)" }.sorted() == [], "not in the table")

        // What is compiled as a part of another package has the version of its archive.
        let archives = packages.flatMap { $0.environment.values.flatMap(\.archives) + $0.sources }
            .map { $0.url.split(separator: "/").last.map(String.init) ?? "" }
        for row in Set(rows).subtracting(recipes) {
            #expect(
                !recipes.contains { $0.name == row.name }
                    && archives.contains { $0.hasPrefix("\(row.name)_\(row.version)") },
                "no recipe has \(row)")
        }
    }
}

extension Value {
    /// The downloads that it names.
    fileprivate var archives: [Source] {
        switch self {
        case .source(let source): [source]
        default: []
        }
    }
}
