package import ArgumentParser
import LocalStore
import NodeosStore
import Primitives

/// `key list`: who signed what is in the store.
package struct KeyListCommand: StoreCommand {
    /// Name and help.
    package static let configuration = CommandConfiguration(
        commandName: "list",
        abstract:
            "List the keys that signed paths of the store, how many each, and whose word counts.",
        discussion: """
            With --trusted-key, signatures are verified: those of the keys given are counted as \
            good or bad. Without, only the names that stand in the signatures are counted. The \
            exit status is 1 when a signature of a key that was given is bad. Keys whose word \
            counts (settings, 'key trust', NODEOS_TRUSTED_KEYS) are listed with who says so.

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
        let answer = KeyListAnswer(
            survey: try localStore.surveySignatures(verifying: keys), trusted: trusted(context))
        try output.print(answer, to: context.output)
        if answer.survey.counts.values.contains(where: { $0.bad > 0 }) {
            throw SilentExit(.failure)
        }
    }
}

extension KeyListCommand {
    /// The names of the keys whose word counts, each with who says so.
    private func trusted(_ context: CommandContext) -> [(name: String, source: String)] {
        let variable = "NODEOS_TRUSTED_KEYS"
        let words = (context.variable(variable) ?? "").words.map { String($0.prefix { $0 != ":" }) }
        let isStated = context.statedEnvironment[variable].map { !$0.isEmpty } ?? false
        let source =
            isStated ? variable : context.settings.values["trusted-keys"]?.place ?? variable
        return Set(words).sorted().map { ($0, source) }
    }
}

/// Signatures by the names of their keys.
private struct KeyListAnswer: CommandAnswer {
    let survey: SignatureSurvey
    let trusted: [(name: String, source: String)]

    var json: JSONValue {
        .object([
            "keys": .object(
                survey.counts.mapValues {
                    .object([
                        "good": .count($0.good), "bad": .count($0.bad),
                        "unverified": .count($0.unverified),
                    ])
                }),
            "trusted": .object(
                Dictionary(uniqueKeysWithValues: trusted.map { ($0.name, .string($0.source)) })),
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
        let whose: [StyledText] = trusted.map { "trusted: \($0.name) (\($0.source.oneLine))" }
        return
            (lines + whose + [
                "\(survey.pathCount) paths, \(survey.unsignedCount) of them without a signature"
            ]).lines
    }
}
