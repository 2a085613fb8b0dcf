import Foundation
import Testing

/// Below the tools nobody knows how a user said what to do: messages there name no option and no command.
/// `Hints` in `StoreCommands` adds what somebody at a command line can do.
@Suite struct MessageTests {
    /// Files whose texts name options all the same, and why.
    static let exceptions: [String: String] = [
        "DownloadFailure.swift":
            "a download is a process of its own, which sends its parent lines of text",
        "BuiltinProgram.swift": "options of the dynamic loader",
    ]

    /// All below the tools but the recipes, which hold the flags of other programs' builds.
    static let rooms = ["Model", "System", "Storage", "Building", "Using", "Store"]

    /// The words in quotes by which messages name commands.
    static var command: Regex<Substring> {
        #/'(?:nodeos-store )?(?:gc|verify|realise|instantiate|optimise|export|import|shell|log|failures|doctor|audit [^' ]+|db (?:check|rebuild)|derivation (?:add|check|show)|key (?:generate|list|public)|query \S+)(?: [^']*)?'/#
    }

    @Test(arguments: rooms) func messagesNameNoOption(room: String) {
        for file in ImportTests.swiftFiles("Sources/\(room)") {
            let name = file.lastPathComponent
            guard Self.exceptions[name] == nil,
                let text = try? String(contentsOf: file, encoding: .utf8)
            else { continue }
            for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false)
                .enumerated()
            {
                let code = line.drop { $0 == " " }
                guard !code.hasPrefix("//") else { continue }
                for match in code.matches(of: #/"((?:[^"\\]|\\.)*)"/#) {
                    let words = match.1
                    let namesOption =
                        words.firstMatch(of: #/(?:^|[ '(])--[a-z][a-z-]+ /#) != nil
                        || words.firstMatch(of: #/[ '(]--[a-z]/#) != nil
                    #expect(!namesOption, "\(name):\(index + 1): \(words)")
                    #expect(
                        words.firstMatch(of: Self.command) == nil, "\(name):\(index + 1): \(words)")
                    #expect(
                        !words.contains("'nodeos-store "), "\(name):\(index + 1): \(words)")
                }
            }
        }
    }

    @Test func exceptionsAreNeeded() {
        let names = Set(
            Self.rooms.flatMap { ImportTests.swiftFiles("Sources/\($0)") }.map(\.lastPathComponent))
        for name in Self.exceptions.keys { #expect(names.contains(name)) }
    }
}
