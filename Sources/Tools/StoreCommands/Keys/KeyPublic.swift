public import ArgumentParser
import Primitives

/// `key public`: the public half of a secret key.
public struct KeyPublic: StoreCommand {
    /// Name and help.
    public static let configuration = CommandConfiguration(
        commandName: "public", abstract: "Print the public key that belongs to a secret key.",
        discussion: """
            Example:
              nodeos-store key public example.secret
            """)

    @Argument(help: "The file of the secret key.", completion: .file())
    var file: String

    /// The command without arguments.
    public init() {}

    /// Prints the public key.
    public func run(in context: CommandContext) async throws {
        let key = try KeyFile.secret(at: context.absolute(file))
        try context.output.print(key.publicKey.description)
    }
}
