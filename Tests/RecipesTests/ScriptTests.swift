import Foundation
import Recipes
import Testing

/// The files that the program carries for builds.
@Suite struct ScriptTests {
    static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
    static let shellScripts = ScriptFile.allCases.filter { $0.name.hasSuffix(".sh") }

    @Test(arguments: ScriptFile.allCases) func isCarriedAsItIs(file: ScriptFile) throws {
        let url = Self.root.appending(path: "Sources/Recipes/Scripts/\(file.path)")
        #expect(try Data(contentsOf: url) == Data(file.bytes))
        #expect(!file.bytes.isEmpty)
    }

    @Test(arguments: shellScripts) func isShell(file: ScriptFile) async throws {
        let bash = "/bin/bash"
        guard FileManager.default.isExecutableFile(atPath: bash) else {
            try Test.cancel("this machine has no \(bash)")
        }
        let process = Process()
        process.executableURL = URL(filePath: bash)
        process.arguments = ["-n"]
        let input = Pipe()
        let messages = Pipe()
        process.standardInput = input
        process.standardError = messages
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: Data(file.bytes))
        try input.fileHandleForWriting.close()
        let said = try messages.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(String(decoding: said, as: UTF8.self))")
    }

    /// Only what runs before the seeds do, what is sourced, and what people run on their own machine
    /// does without the common setup.
    @Test(arguments: shellScripts) func startsStrictly(file: ScriptFile) {
        let text = String(decoding: file.bytes, as: UTF8.self)
        #expect(
            // Some prepare a little and source another script, which does.
            file == .ownSetup  // goes behind another, which does
                || text.contains("\n. \"$")
                || text.contains("\nset -eu -o pipefail\n")
                || file == .boot && text.contains("\nset -eu\n"))
    }

    @Test func everyFileOfTheFolderIsCarried() throws {
        let folder = Self.root.appending(path: "Sources/Recipes/Scripts")
        let present = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
            .filter {
                !$0.hasPrefix(".")
                    && ($0 as NSString).pathExtension != ""
            }
        #expect(Set(present).isSubset(of: ScriptFile.allCases.map(\.path)))
    }
}
