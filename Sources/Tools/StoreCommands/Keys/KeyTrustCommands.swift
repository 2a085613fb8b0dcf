package import ArgumentParser
import NodeosStore
import Primitives
import SystemSupport

/// `key trust`: somebody's word counts from now on.
package struct KeyTrustCommand: StoreCommand {
    /// Name and help.
    package static let configuration = CommandConfiguration(
        commandName: "trust",
        abstract: "Take what is signed with these keys, as with --trusted-key, from now on.",
        discussion: """
            The keys go into the file trusted-keys, in nodeos of XDG_CONFIG_HOME, and count wherever \
            NODEOS_TRUSTED_KEYS and --trusted-key do not say otherwise. A key of the same name is not \
            replaced: revoke it first.

            Examples:
              nodeos-store key trust cache.example-1:q4Ul…
              nodeos-store key trust cache.pub
            """)

    @Argument(help: "Public keys (NAME:BASE64, or files of keys).", completion: .file())
    var keys: [String]

    /// The command without arguments.
    package init() {}

    /// Writes the keys down.
    package func run(in context: CommandContext) async throws {
        let new = try keys.flatMap { try KeyFile.publicKeys($0, orIn: context.absolute($0)) }
        var file = try OwnKeys.file(context)
        for key in new {
            let isNew = try file.trust(key)
            try context.errorOutput.print(
                "\(key.name): \(isNew ? "trusted" : "trusted already") (\(file.path))")
        }
    }
}

/// `key revoke`: somebody's word does not count any more.
package struct KeyRevokeCommand: StoreCommand {
    /// Name and help.
    package static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "Trust keys no longer that 'key trust' made trusted.",
        discussion: """
            What was taken from caches because of them stays valid; 'key list' says what they signed.

            Example:
              nodeos-store key revoke cache.example-1
            """)

    @Argument(help: "The keys' names.")
    var names: [String]

    /// The command without arguments.
    package init() {}

    /// Removes the keys.
    package func run(in context: CommandContext) async throws {
        var file = try OwnKeys.file(context)
        for name in names {
            // A key that was given whole is known by its name.
            let name = String(name.prefix { $0 != ":" })
            guard try file.revoke(name) else {
                let elsewhere = context.settings.values["trusted-keys"].map {
                    $0.text.words.contains { $0.hasPrefix("\(name):") }
                        ? "; it is trusted elsewhere: \($0.place)" : ""
                }
                throw StoreCommandsError.notFound(
                    "'\(file.path.oneLine)' holds no key called '\(name.oneLine)'\(elsewhere ?? "")"
                )
            }
            try context.errorOutput.print("\(name): not trusted any more")
        }
    }
}

/// The keys that this user trusts.
private enum OwnKeys {
    static func file(_ context: CommandContext) throws -> TrustedKeysFile {
        guard
            let folder = MachineSettings.folders(environment: context.environment).first(where: {
                $0 != "/etc/nodeos"
            })
        else {
            throw StoreCommandsError.badArgument(
                "HOME", reason: "it is not set, nor is XDG_CONFIG_HOME: there is no place for keys")
        }
        return try TrustedKeysFile(in: folder)
    }
}
