import Foundation
import TestSupport
import Testing

/// The worked example of `docs/manual/recipes.md`, line by line, as somebody would type it.
@Suite struct RecipeManualTests {
    private static let page = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "docs/manual/recipes.md")

    /// A block of the page: what follows its three ticks, and its lines.
    private struct Block {
        var kind: [String]
        var lines: [String]
    }

    private static func example() throws -> [Block] {
        let text = try String(contentsOf: page, encoding: .utf8)
        let start = try #require(text.range(of: "<!-- worked example"))
        let end = try #require(text.range(of: "<!-- end -->"))
        var blocks: [Block] = []
        var open: Block?
        for line in text[start.upperBound..<end.lowerBound].split(
            separator: "\n", omittingEmptySubsequences: false)
        {
            if line.hasPrefix("```") {
                if let block = open { blocks.append(block) }
                let kind = line.dropFirst(3).split(separator: " ").map(String.init)
                open = open == nil ? Block(kind: kind, lines: []) : nil
            } else {
                open?.lines.append(String(line))
            }
        }
        return blocks
    }

    /// Where a compiler is not needed, a static shell does instead of Debian's: nothing is fetched.
    private func replacingToolchain(_ text: String) -> String {
        text.replacing(
            #/toolchain = "seeds" .*/#,
            with: RecipeFixture.toolchain.replacing("\"tools\"", with: "\"./tools\""))
    }

    @Test func everyStepOfTheExampleWorks() throws {
        let recipes = try RecipeFixture()
        let store = recipes.store
        let folder = store.directory.file("empty")
        let files = FileManager.default
        try files.createDirectory(atPath: folder, withIntermediateDirectories: false)
        // The program and its store, by the name that people type.
        let bin = store.directory.file("bin")
        try files.createDirectory(atPath: bin, withIntermediateDirectories: false)
        try files.createSymbolicLink(
            atPath: bin + "/nodeos-store", withDestinationPath: store.binary)
        var steps = 0
        for block in try Self.example() {
            if block.kind.count > 1 {
                let text = replacingToolchain(block.lines.joined(separator: "\n") + "\n")
                let file = folder + "/" + block.kind[1]
                let parent = (file as NSString).deletingLastPathComponent
                try files.createDirectory(atPath: parent, withIntermediateDirectories: true)
                try Data(text.utf8).write(to: URL(filePath: file))
                if block.kind[1] == "hello/recipe.toml" {
                    try files.copyItem(
                        atPath: recipes.folder + "/tools", toPath: folder + "/hello/tools")
                }
                continue
            }
            for step in Self.steps(block.lines) {
                let result = try ChildProcess(
                    ["/bin/sh", "-c", "cd \"$0\" && { \(step.command)\n} 2>&1", folder],
                    environment: [
                        "PATH": bin + ":/usr/local/bin:/usr/bin:/bin", "HOME": folder,
                        "NODEOS_ROOT": store.root,
                    ]
                ).wait()
                #expect(result.status == 0, "\(step.command): \(result.output)")
                #expect(
                    Self.matches(result.output, step.expected),
                    "\(step.command) printed:\n\(result.output)")
                steps += 1
            }
        }
        #expect(steps > 15)
    }

    private struct Step {
        var command: String
        var expected: [String]
    }

    private static func steps(_ lines: [String]) -> [Step] {
        var steps: [Step] = []
        for line in lines {
            if line.hasPrefix("$ ") {
                steps.append(Step(command: String(line.dropFirst(2)), expected: []))
            } else if !steps.isEmpty {
                steps[steps.count - 1].expected.append(line)
            }
        }
        return steps
    }

    /// Whether `output` is what the page shows: `…` within a line is anything, on a line of its own any
    /// lines.
    private static func matches(_ output: String, _ expected: [String]) -> Bool {
        let pattern = expected.map { line in
            line == "…"
                ? "(?:.*\n)*?"
                : NSRegularExpression.escapedPattern(for: line).replacing("…", with: ".*") + "\n"
        }.joined()
        guard let expression = try? NSRegularExpression(pattern: "^" + pattern + "$") else {
            return false
        }
        let range = NSRange(output.startIndex..., in: output)
        return expression.firstMatch(in: output, range: range) != nil
    }
}
