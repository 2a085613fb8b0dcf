package import ArgumentParser
import Primitives
import SystemSupport

/// `key`: keys that sign store paths and manifests.
package struct KeyCommand: AsyncParsableCommand {
    /// Name, help and subcommands.
    package static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Make and show keys that sign store paths and manifests.",
        subcommands: [
            KeyGenerateCommand.self, KeyPublicCommand.self, KeyListCommand.self,
            KeyTrustCommand.self, KeyRevokeCommand.self,
        ])

    /// The command without arguments.
    package init() {}
}

/// `key generate`: a new key pair.
package struct KeyGenerateCommand: StoreCommand {
    /// Name and help.
    package static let configuration = CommandConfiguration(
        commandName: "generate",
        abstract: "Make a new key pair: the secret key goes to a file, the public one is printed.",
        discussion: """
            Ed25519, in the form of Nix's keys: both programs can use them. The file is readable \
            by its owner only, and none is overwritten. A name such as example.org-1 tells whose \
            key it is and leaves room for the next one.

            Example:
              nodeos-store key generate example.org-1 example.secret > example.public
            """)

    @Argument(help: "The key's name.")
    var name: String

    @Argument(
        help: "The file for the secret key.", completion: .file(), transform: PlaceArgument.file)
    var file: String

    /// The command without arguments.
    package init() {}

    /// Makes the key pair.
    package func run(in context: CommandContext) async throws {
        var random = SystemRandomNumberGenerator()
        let key = try SecretKey(generating: name, using: &random)
        try KeyFile.write(key, to: context.absolute(file))
        try context.output.print(key.publicKey.description)
    }
}

/// `key public`: the public half of a secret key.
package struct KeyPublicCommand: StoreCommand {
    /// Name and help.
    package static let configuration = CommandConfiguration(
        commandName: "public", abstract: "Print the public key that belongs to a secret key.",
        discussion: """
            Example:
              nodeos-store key public example.secret
            """)

    @Argument(help: "The file of the secret key.", completion: .file())
    var file: String

    /// The command without arguments.
    package init() {}

    /// Prints the public key.
    package func run(in context: CommandContext) async throws {
        let key = try KeyFile.secret(at: context.absolute(file))
        try context.output.print(key.publicKey.description)
    }
}
