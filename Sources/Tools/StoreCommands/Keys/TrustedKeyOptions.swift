import ArgumentParser
import Primitives
import SystemSupport

/// Whose word counts.
package struct TrustedKeyOptions: ParsableArguments {
    @Option(
        name: .customLong("trusted-key"),
        help: ArgumentHelp(
            "Believe only what is signed with this public key (NAME:BASE64, or a file of keys).",
            discussion: "Repeatable: any of the keys will do.", valueName: "key"))
    var texts: [String] = []

    /// No keys: nobody's signature is asked for.
    package init() {}
}

extension TrustedKeyOptions {
    /// The keys.
    func keys(_ context: CommandContext) throws -> [PublicKey] {
        let keys = try texts.flatMap { try KeyFile.publicKeys($0, orIn: context.absolute($0)) }
        if !texts.isEmpty, keys.isEmpty {
            // An empty list would trust everybody.
            throw StoreCommandsError.badArgument(
                texts.joined(separator: " "), reason: "there is no key in it")
        }
        return keys
    }
}
