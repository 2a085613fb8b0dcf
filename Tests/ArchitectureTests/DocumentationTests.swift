import Foundation
import Testing

/// What the documentation names must be there.
@Suite struct DocumentationTests {
    /// Every `SomeTests/File` or `SomeTests/File.function` in `docs/security.md`.
    static func namedTests() throws -> [String] {
        let text = try String(
            contentsOf: ImportTests.root.appending(path: "docs/security.md"), encoding: .utf8)
        return text.matches(of: /`([A-Za-z]+Tests\/[A-Za-z]+(?:\.[A-Za-z0-9]+)?)`/)
            .map { String($0.1) }
    }

    /// The suite's other files, such as `NARTests+Names.swift`.
    private static func extensions(of file: URL) throws -> String {
        let directory = file.deletingLastPathComponent()
        let stem = file.deletingPathExtension().lastPathComponent + "+"
        return try FileManager.default.contentsOfDirectory(atPath: directory.path)
            .filter { $0.hasPrefix(stem) }
            .map { try String(contentsOf: directory.appending(path: $0), encoding: .utf8) }.joined()
    }

    @Test func testsOfTheSecurityPageExist() throws {
        let names = try Self.namedTests()
        #expect(names.count > 50)
        for name in Set(names).sorted() {
            let parts = name.split(separator: ".")
            let file = ImportTests.root.appending(path: "Tests/\(parts[0]).swift")
            var text = try #require(
                try? String(contentsOf: file, encoding: .utf8), "\(name): no such file")
            if parts.count > 1 {
                text += try Self.extensions(of: file)
                #expect(text.contains("func \(parts[1])("), "\(name): no such test")
            }
        }
    }

    /// Whatever people read here: comments, documents, scripts.
    private static func texts() throws -> [(name: String, text: String)] {
        let endings: Set = ["swift", "md", "sh", "py", "c", "h", "sql"]
        return try ["Sources", "Tests", "docs", "scripts", "Fuzz", "Benchmarks"].flatMap { folder in
            let walk = FileManager.default.enumerator(
                at: ImportTests.root.appending(path: folder), includingPropertiesForKeys: nil)
            let files = walk?.compactMap { $0 as? URL } ?? []
            return try files.filter { endings.contains($0.pathExtension) }.map {
                ($0.lastPathComponent, try String(contentsOf: $0, encoding: .utf8))
            }
        }
    }

    /// Whether a look with a pattern, which takes long, can find anything.
    private static func hasNumberedS(_ line: Substring) -> Bool {
        zip(line.utf8, line.utf8.dropFirst()).contains { letter, digit in
            letter == UInt8(ascii: "S") && (UInt8(ascii: "1")...UInt8(ascii: "9")).contains(digit)
        }
    }

    /// A stranger has this repository and nothing else: numbers of sections of documents elsewhere say
    /// nothing to them.
    @Test func nothingPointsToDocumentsElsewhere() throws {
        // Spelt so that this file does not find itself.
        let names = [
            "SEMAN" + "TICS", "ATT" + "ACKS", "RE" + "VIEW.md", "STY" + "LE.md", "HO" + "LES.md",
        ]
        let sections = #/(?:\(|SEMAN[A-Z]+`? |// |, )(S[1-9][0-9]?)(?:\)|:|,|;|\.| )/#
        for (name, text) in try Self.texts() {
            for word in names {
                #expect(
                    !text.contains(word), "\(name) names '\(word)': say 'docs/…', which is here")
            }
            for line in text.split(separator: "\n") where Self.hasNumberedS(line) {
                guard let match = line.firstMatch(of: sections) else { continue }
                Issue.record("\(name) names the section '\(match.1)' of nothing here: \(line)")
            }
        }
    }

    /// Every `docs/….md` that is named is there.
    @Test func namedDocumentsExist() throws {
        let names = try Self.texts().filter { $0.text.contains("docs/") }.flatMap { file in
            file.text.matches(of: #/\bdocs\/[A-Za-z0-9\/_-]+\.md/#).map {
                (file.name, String($0.0))
            }
        }
        #expect(names.count > 50)
        for (file, name) in names {
            #expect(
                FileManager.default.fileExists(atPath: ImportTests.root.appending(path: name).path),
                "\(file) names '\(name)'")
        }
    }
}
