package import ArgumentParser
import LocalStore
import Primitives

/// `key list`: who signed what is in the store.
package struct KeyListCommand: StoreCommand {
    /// Name and help.
    package static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the keys that signed paths of the store, and how many each.",
        discussion: """
            With --trusted-key, signatures are verified: those of the keys given are counted as \
            good or bad. Without, only the names that stand in the signatures are counted. The \
            exit status is 1 when a signature of a key that was given is bad.

            Example:
              nodeos-store key list --trusted-key example.public
            """)

    @OptionGroup(title: "Store")
    var store: StoreOptions
    @OptionGroup
    var trust: TrustedKeyOptions
    @OptionGroup
    var output: OutputOptions

    /// The command without arguments.
    package init() {}

    /// Lists the keys.
    package func run(in context: CommandContext) async throws {
        let keys = try trust.keys(context)
        let localStore = try store.open(context)
        let answer = KeyListAnswer(survey: try localStore.surveySignatures(verifying: keys))
        try output.print(answer, to: context.output)
        if answer.survey.counts.values.contains(where: { $0.bad > 0 }) {
            throw SilentExit(.failure)
        }
    }
}

/// Signatures by the names of their keys.
private struct KeyListAnswer: CommandAnswer {
    let survey: SignatureSurvey

    var json: JSONValue {
        .object([
            "keys": .object(
                survey.counts.mapValues {
                    .object([
                        "good": .count($0.good), "bad": .count($0.bad),
                        "unverified": .count($0.unverified),
                    ])
                }),
            "paths": .count(survey.pathCount), "unsignedPaths": .count(survey.unsignedCount),
        ])
    }

    func text(for output: CommandOutput) -> StyledText {
        let lines: [StyledText] = survey.counts.sorted { $0.key < $1.key }.map { name, count in
            let parts: [StyledText] = [
                count.good > 0 ? "\(count.good) good" : nil,
                count.bad > 0 ? output.coloured("\(count.bad) BAD", "1;31") : nil,
                count.unverified > 0 ? "\(count.unverified) not verified" : nil,
            ].compactMap(\.self)
            return "\(name): \(parts.joined(separator: ", "))"
        }
        return
            (lines + [
                "\(survey.pathCount) paths, \(survey.unsignedCount) of them without a signature"
            ]).lines
    }
}
