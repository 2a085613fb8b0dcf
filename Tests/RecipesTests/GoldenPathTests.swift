import Foundation
import Recipes
import StoreModel
import Testing

/// The store paths of all recipes as they were when they were last meant to change. Another process,
/// where sets have another order, and another machine must come to the same.
@Suite struct GoldenPathTests {
    private static let file = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "golden-paths.txt")

    /// A line for each recipe: name, `.drv`, and its outputs by name.
    private static func lines() throws -> [String] {
        let graph = try PackageGraph.nodeos(for: .x8664)
        return try graph.recipes.map { recipe in
            let lowered = try graph.lower([recipe.name], in: .nodeos)
            let item = try #require(lowered.derivations.last)
            let outputs = try item.derivation.outputs.map { name, output in
                "\(name)=\(StoreDirectory.nodeos.path(of: try #require(output.path)))"
            }
            let derivation = StoreDirectory.nodeos.path(of: item.path)
            return ([recipe.name, derivation] + outputs.sorted()).joined(separator: " ")
        }
    }

    private static let remedy: Comment = """
        A changed path means that everybody builds this anew. If that is what you want, this writes what \
        there is now, and fails so that nobody leaves it on:
            NODEOS_ACCEPT_PATHS=1 swift test --filter GoldenPathTests; git diff Tests
        If not, something that recipes are made of changed by accident: a script, a source, a flag.
        """

    @Test func everyRecipeIsWhereItWas() throws {
        let lines = try Self.lines()
        let text = try String(contentsOf: Self.file, encoding: .utf8)
        let kept = text.split(separator: "\n").map(String.init)
        let comments = kept.filter { $0.hasPrefix("#") }
        if ProcessInfo.processInfo.environment["NODEOS_ACCEPT_PATHS"] != nil {
            let accepted = (comments + lines).joined(separator: "\n") + "\n"
            try accepted.write(to: Self.file, atomically: true, encoding: .utf8)
            Issue.record("accepted: look at the difference, and run this again without")
            return
        }
        let golden = Set(kept).subtracting(comments)
        let changed = lines.filter { !golden.contains($0) }
        #expect(changed == [], Self.remedy)
        #expect(golden.subtracting(lines).sorted() == [], Self.remedy)
    }
}
