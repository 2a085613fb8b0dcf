import Foundation
import Primitives
import Testing

/// The reference manifest of `barebones` is of these recipes: who changes one builds anew and writes it anew
/// (`make reference`).
@Suite struct ReferenceTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    @Test func isOfTheseRecipes() throws {
        let bytes = try Data(contentsOf: Self.root.appending(path: "reference/barebones.json"))
        let manifest = try JSONValue(parsing: [UInt8](bytes))
        let golden = try String(
            contentsOf: Self.root.appending(path: "Tests/RecipesTests/golden-paths.txt"),
            encoding: .utf8)
        let line = try #require(golden.split(separator: "\n").first { $0.hasPrefix("barebones ") })
        let derivation = try #require(line.split(separator: " ").dropFirst().first)
        #expect(
            manifest["roots"]?.array?.compactMap(\.string)
                == [String(derivation.split(separator: "/").last ?? "")])
        #expect(manifest["signatures"]?.array?.count == 1)
        // It goes into everybody's hands: sources by the names that recipes give them.
        for entry in manifest["entries"]?.array ?? [] {
            guard let url = entry["origin"]?["url"]?.string else { continue }
            #expect(url.hasPrefix("mirror://"), "\(url)")
        }
    }
}
