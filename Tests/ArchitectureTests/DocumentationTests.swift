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
}
