import ArgumentParser
import Primitives

/// Lets hints in messages ('nodeos-store log …') be pasted: with the options by which this run found the store.
struct StoreHints {
    /// The options, each with its value as it was typed, quoted for a shell.
    private let options: String

    /// The options of a command line. Those that stand in the environment are there for the next one, too.
    init(_ store: StoreOptions?) {
        let given = [
            ("--root", store?.root.last), ("--store-dir", store?.storeDir),
            ("--state-dir", store?.stateDir),
        ]
        options = given.compactMap { name, value in value.map { "\(name) \(Self.quoted($0)) " } }
            .joined()
    }

    /// `text` with the options in every command of this program that it names. What a builder printed stays as
    /// it is.
    func completed(_ text: String) -> String {
        guard !options.isEmpty, text.contains(Self.program) else { return text }
        return text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.hasPrefix("  > ") ? String(line) : completed(line: line)
        }.joined(separator: "\n")
    }

    private func completed(line: Substring) -> String {
        line.components(around: Self.program).enumerated().map { index, part in
            guard index > 0 else { return part }
            let word = part.prefix { ("a"..."z").contains($0) || $0 == "-" }
            return Self.program + (Self.commands.contains(String(word)) ? options : "") + part
        }.joined()
    }

    private static let program = "nodeos-store "
    private static let commands = Set(
        NodeosStoreCommand.configuration.groupedSubcommands.flatMap(\.subcommands).compactMap {
            $0.configuration.commandName
        })

    private static func quoted(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "-")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
        if isPlain, !text.isEmpty { return text }
        return "'" + text.unicodeScalars.map { $0 == "'" ? #"'\''"# : String($0) }.joined() + "'"
    }
}

extension Substring {
    /// What stands before, between and after the occurrences of `text`.
    fileprivate func components(around text: String) -> [String] {
        var parts: [String] = []
        var start = startIndex
        for range in ranges(of: text) {
            parts.append(String(self[start..<range.lowerBound]))
            start = range.upperBound
        }
        return parts + [String(self[start...])]
    }
}
