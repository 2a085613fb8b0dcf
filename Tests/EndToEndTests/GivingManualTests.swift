import Foundation
import TestSupport
import Testing

/// The lines of `docs/manual/giving.md`, as somebody would type them.
@Suite(.timeLimit(.minutes(40))) struct GivingManualTests {
    @Test func theLinesWork() throws {
        let page = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "docs/manual/giving.md")
        let text = try String(contentsOf: page, encoding: .utf8)
        let start = try #require(text.range(of: "<!-- tried by GivingManualTests -->"))
        let end = try #require(
            text.range(of: "<!-- end -->", range: start.upperBound..<text.endIndex))
        let lines = text[start.upperBound..<end.lowerBound].split(separator: "\n").map(String.init)
            .filter { $0.hasPrefix("nodeos-store") }
        #expect(lines.count == 6)
        let store = try StoreFixture(withTools: false)
        let file = try store.directory.write("hello\n", to: "hello")
        let path = try store.succeed("add", file).lines[0]
        let folder = store.directory.file("folder")
        let files = FileManager.default
        try files.createDirectory(atPath: folder, withIntermediateDirectories: false)
        try files.createSymbolicLink(atPath: folder + "/result", withDestinationPath: path)
        let bin = store.directory.file("bin")
        try files.createDirectory(atPath: bin, withIntermediateDirectories: false)
        try files.createSymbolicLink(
            atPath: bin + "/nodeos-store", withDestinationPath: store.binary)
        for line in lines {
            let result = try ChildProcess(
                ["/bin/sh", "-ec", "cd \"$1\"; \(line)", "sh", folder],
                environment: store.environment.merging([
                    "PATH": "\(bin):/usr/bin:/bin", "NODEOS_ROOT": store.root,
                ]) { $1 }
            ).wait()
            #expect(result.status == 0, "\(line): \(result.error)")
        }
        #expect(files.fileExists(atPath: folder + "/other" + path))
    }
}
