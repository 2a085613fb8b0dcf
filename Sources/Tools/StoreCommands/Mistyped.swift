import ArgumentParser
import Primitives

/// What somebody whose command line is wrong most likely meant.
enum Mistyped {
    /// A sentence for the message; `nil` when nothing is near.
    ///
    /// - Parameters:
    ///   - arguments: those of the command line.
    ///   - message: what the parser says of them.
    static func suggestion(_ arguments: [String], message: String) -> String? {
        if let (word, candidates) = value(in: message) {
            return Suggestion.nearest(to: word, among: candidates).map { "did you mean '\($0)'?" }
        }
        var configuration = NodeosStoreCommand.configuration
        var path = ["nodeos-store"]
        var rest = arguments[...]
        while let word = rest.popFirst() {
            let commands = subcommands(of: configuration)
            guard !commands.isEmpty else { return nil }
            if ["--root", "--store-dir", "--state-dir"].contains(word) {
                rest = rest.dropFirst()
                continue
            }
            if let known = commands.first(where: { names(of: $0).contains(word) }) {
                configuration = known
                path.append(word)
                continue
            }
            // As in `nix-store --realise`: commands are words here.
            let bare = String(word.drop { $0 == "-" })
            let all = commands.flatMap { names(of: $0) }
            if word.utf8.first == UInt8(ascii: "-"), !all.contains(bare) { continue }
            guard let meant = Suggestion.nearest(to: bare, among: all) else { return nil }
            path.append(meant)
            return "did you mean '\(path.joined(separator: " "))'?"
        }
        return nil
    }

    private static func subcommands(of configuration: CommandConfiguration)
        -> [CommandConfiguration]
    {
        var result: [CommandConfiguration] = []
        for type in configuration.subcommands { result.append(type.configuration) }
        for group in configuration.groupedSubcommands {
            for type in group.subcommands { result.append(type.configuration) }
        }
        return result
    }

    private static func names(of configuration: CommandConfiguration) -> [String] {
        [configuration.commandName ?? ""] + configuration.aliases
    }

    /// The word that is no value of an option, and those that are.
    private static func value(in message: String) -> (String, [String])? {
        guard
            let match = message.firstMatch(
                of: /The value '([^']*)' is invalid for .* Please provide one of (.*)\./)
        else { return nil }
        return (
            String(match.1), match.2.matches(of: /'([^']+)'/).map { String($0.1) }
        )
    }
}
