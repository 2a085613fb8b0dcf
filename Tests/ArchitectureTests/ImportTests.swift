import Foundation
import Testing

/// The layers of the design: which of our targets, and which libraries, each target may import.
/// The compiler does not notice an import of a transitive dependency, so this test does.
@Suite struct ImportTests {
    /// What each target may import: the table of `docs/architecture.md`, and nothing else.
    // A page that cannot be read has no table, and everyFileBelongsToATarget fails.
    static let allowed: [String: Set<String>] = (try? ArchitecturePage().table) ?? [:]

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

    /// Both ways: no target and no dependency of the manifest is missing from the page, and none of the page
    /// from the manifest. `make architecture` writes what the manifest says, and fails.
    @Test func thePageIsTheManifest() throws {
        let manifest = try ArchitectureManifest()
        let page = try ArchitecturePage()
        if ProcessInfo.processInfo.environment["NODEOS_ACCEPT_ARCHITECTURE"] != nil {
            try page.drawn(from: manifest).write(
                to: ArchitecturePage.file, atomically: true, encoding: .utf8)
            Issue.record("written: look at the difference, and run this again without")
            return
        }
        let remedy: Comment = "'make architecture' writes what the manifest says"
        #expect(page.table == manifest.table, remedy)
        #expect(page.drawing == manifest.drawing, remedy)
    }

    /// What the patterns of ``ArchitectureManifest`` miss would be compared with nothing.
    @Test func everyFileBelongsToATarget() throws {
        let sources = Self.root.appending(path: "Sources").path
        let strays = Self.swiftFiles("Sources").map(\.path).filter { file in
            !Self.allowed.keys.contains { file.hasPrefix("\(sources)/\($0)/") }
        }
        #expect(strays == [], "these files belong to no target of the table")
        #expect(!Self.allowed.isEmpty)
    }

    /// docs/decisions/0016: `public` is what a product's users spell, and these rooms are in no product's signature.
    @Test(arguments: ["Recipes", "Tools", "System", "Using/Graphs", "Using/Reproduction"])
    func roomsWithoutAProductHaveNothingPublic(room: String) throws {
        for file in Self.swiftFiles("Sources/\(room)") {
            let text = try String(contentsOf: file, encoding: .utf8)
            let found = text.matches(of: /^ *(@\w+ +)*public +(?!import)/.anchorsMatchLineEndings())
            #expect(found.isEmpty, "\(file.lastPathComponent): write 'package'")
        }
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
