import Foundation
import Testing

/// The layers of the design: which of our targets, and which libraries, each target may import.
/// The compiler does not notice an import of a transitive dependency, so this test does.
@Suite struct ImportTests {
    /// `docs/architecture.md` holds the same table for people; the manifest must agree with it.
    static let allowed: [String: Set<String>] = [
        "Model/Primitives": ["CGcrypt"],
        "Model/StoreModel": ["Primitives"],
        "Recipes": ["StoreModel", "Primitives"],
        "Storage/Archives": ["StoreModel", "Primitives", "CArchive", "CZlib"],
        "Storage/StoreDatabase": ["StoreModel", "Primitives", "GRDB"],
        "Storage/LocalStore": ["StoreModel", "Primitives", "Archives", "StoreDatabase"],
        "Building/Sandbox": ["Primitives", "CSeccomp", "CLoader"],
        "Building/Substitutes": ["StoreModel", "Primitives", "Archives", "CCurl"],
        "Building/Realisation": [
            "LocalStore", "StoreDatabase", "Archives", "Sandbox", "Substitutes", "StoreModel",
            "Primitives",
        ],
        "Using/Graphs": ["LocalStore", "StoreDatabase", "StoreModel", "Primitives"],
        "Using/Audits": ["LocalStore", "StoreDatabase", "Archives", "StoreModel", "Primitives"],
        "Tools/StoreCommands": [
            "Recipes", "Graphs", "Audits", "Realisation", "LocalStore", "StoreDatabase", "Archives",
            "Sandbox", "Substitutes", "StoreModel", "Primitives", "ArgumentParser",
        ],
        "Tools/nodeos-store": ["StoreCommands"],
    ]

    /// What every target may use of the system. The model may not: it is pure.
    static let system: Set<String> = [
        "Glibc", "Synchronization", "FoundationEssentials", "Dispatch",
    ]

    static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    static func swiftFiles(_ folder: String) -> [URL] {
        let walk = FileManager.default.enumerator(
            at: root.appending(path: folder), includingPropertiesForKeys: nil)
        return (walk?.compactMap { $0 as? URL } ?? []).filter { $0.pathExtension == "swift" }
    }

    @Test(arguments: allowed.keys.sorted()) func importsFollowTheDesign(target: String) throws {
        let isPure = target.hasPrefix("Model/") || target == "Recipes"
        let permitted = Self.allowed[target, default: []]
            .union(isPure ? ["FoundationEssentials"] : Self.system)
        let files = Self.swiftFiles("Sources/\(target)")
        #expect(!files.isEmpty, "the target has moved: correct the table")
        for file in files {
            let text = try String(contentsOf: file, encoding: .utf8)
            for line in text.split(separator: "\n") {
                let words = line.split(separator: " ")
                guard let index = words.firstIndex(of: "import"), index <= 2,
                    !line.hasPrefix(" "), !line.hasPrefix("/"), words.count > index + 1
                else { continue }
                let module = String(words[index + 1].prefix { $0 != "." })
                #expect(permitted.contains(module), "\(file.lastPathComponent): \(line)")
            }
        }
    }

    @Test func theManifestIsTheTable() throws {
        let manifest = try String(
            contentsOf: Self.root.appending(path: "Package.swift"), encoding: .utf8)
        let names = #/"(\w+)"|\b(grdb|argumentParser)\b/#
        var found: [String: Set<String>] = [:]
        func note(_ target: String, _ dependencies: Substring) {
            found[target] = Set(
                dependencies.matches(of: names).map { match in
                    switch match.2 {
                    case "grdb": "GRDB"
                    case "argumentParser": "ArgumentParser"
                    default: String(match.1 ?? "")
                    }
                })
        }
        for match in manifest.matches(
            of: #/library\(\s*"(\w+)", in: "(\w+)",\s*\[([^\]]*)\]/#)
        {
            note("\(match.2)/\(match.1)", match.3)
        }
        for match in manifest.matches(
            of: #/name: "[\w-]+", dependencies: \[([^\]]*)\],\s*path: "Sources/([\w\/-]+)"/#)
        {
            note(String(match.2), match.1)
        }
        #expect(found == Self.allowed)
        // What the patterns miss would be compared with nothing.
        let sources = Self.root.appending(path: "Sources").path
        let strays = Self.swiftFiles("Sources").map(\.path).filter { file in
            !Self.allowed.keys.contains { file.hasPrefix("\(sources)/\($0)/") }
        }
        #expect(strays == [], "these files belong to no target of the table")
    }

    @Test func thePageIsTheTable() throws {
        let page = try String(
            contentsOf: Self.root.appending(path: "docs/architecture.md"), encoding: .utf8)
        var found: [String: Set<String>] = [:]
        for match in page.matches(of: #/(?m)^\| `([\w\/-]+)` \|.*\| ([^|]*) \|$/#) {
            found[String(match.1)] = Set(
                match.2.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) })
        }
        #expect(found == Self.allowed)
    }

    @Test func filesStaySmall() throws {
        for file in Self.swiftFiles("Sources") + Self.swiftFiles("Tests") {
            let count = try String(contentsOf: file, encoding: .utf8).split(
                separator: "\n", omittingEmptySubsequences: false
            ).count
            #expect(count <= 500, "\(file.lastPathComponent) has \(count) lines: split it")
        }
    }
}
