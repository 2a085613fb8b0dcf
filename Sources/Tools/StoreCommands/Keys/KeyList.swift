public import ArgumentParser
import LocalStore
import Primitives
import StoreDatabase
import StoreModel

/// `key list`: who signed what is in the store.
public struct KeyList: StoreCommand {
    /// Name and help.
    public static let configuration = CommandConfiguration(
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
    public init() {}

    /// Lists the keys.
    public func run(in context: CommandContext) async throws {
        let keys = try trust.keys(context)
        let localStore = try store.open(context)
        var counts: [String: KeyListAnswer.Count] = [:]
        let infos = try localStore.database.allInfos()
        for info in infos {
            if info.signatures.isEmpty { continue }
            let text = info.fingerprint(in: localStore.storeDirectory)
            for signature in info.signatures {
                let name = String(signature.prefix { $0 != ":" })
                let named = keys.filter { $0.name == name }
                if named.isEmpty {
                    counts[name, default: .init()].unverified += 1
                } else if named.contains(where: { $0.verifies(signature, of: text) }) {
                    counts[name, default: .init()].good += 1
                } else {
                    counts[name, default: .init()].bad += 1
                }
            }
        }
        let answer = KeyListAnswer(
            counts: counts, pathCount: infos.count,
            unsignedCount: infos.count { $0.signatures.isEmpty })
        try output.print(answer, to: context.output)
        if counts.values.contains(where: { $0.bad > 0 }) { throw SilentExit(.failure) }
    }
}

/// Signatures by the names of their keys.
struct KeyListAnswer: CommandAnswer {
    /// The signatures of one name.
    struct Count {
        /// Made with a key that was given.
        var good = 0
        /// Not made with the key of this name that was given.
        var bad = 0
        /// Of a key that was not given.
        var unverified = 0
    }

    let counts: [String: Count]
    let pathCount: Int
    let unsignedCount: Int

    var json: JSONValue {
        .object([
            "keys": .object(
                counts.mapValues {
                    .object([
                        "good": .count($0.good), "bad": .count($0.bad),
                        "unverified": .count($0.unverified),
                    ])
                }),
            "paths": .count(pathCount), "unsignedPaths": .count(unsignedCount),
        ])
    }

    func text(for output: CommandOutput) -> StyledText {
        let lines: [StyledText] = counts.sorted { $0.key < $1.key }.map { name, count in
            let parts: [StyledText] = [
                count.good > 0 ? "\(count.good) good" : nil,
                count.bad > 0 ? output.coloured("\(count.bad) BAD", "1;31") : nil,
                count.unverified > 0 ? "\(count.unverified) not verified" : nil,
            ].compactMap(\.self)
            return "\(name): \(parts.joined(separator: ", "))"
        }
        return (lines + ["\(pathCount) paths, \(unsignedCount) of them without a signature"]).lines
    }
}
