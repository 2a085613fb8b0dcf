package import ArgumentParser
import Audits
import LocalStore
import Primitives
import StoreModel
import SystemSupport

/// `audit provenance`: how a store path was made, for programs that judge supply chains.
package struct AuditProvenanceCommand: StoreCommand {
    /// Name and help.
    package static let configuration = CommandConfiguration(
        commandName: "provenance",
        abstract: "Say how a store path was made: an in-toto statement with SLSA v1 provenance.",
        discussion: """
            One JSON statement: the outputs, the derivation, and everything the builder could see, \
            each with the hash of its NAR; who built it, and when. See docs/formats/provenance.md.

            Example:
              nodeos-store audit provenance ./result > result.intoto.json
            """)

    @OptionGroup(title: "Store")
    var store: StoreOptions

    @Option(
        help: ArgumentHelp(
            "The URI of who vouches for builds on this machine (SLSA's builder.id).",
            valueName: "uri"))
    var builder = ProvenanceStatement.localBuilder

    @Option(
        help: ArgumentHelp(
            "Sign it with the secret key in <keyfile>, in a DSSE envelope (see 'key generate').",
            valueName: "keyfile"), completion: .file())
    var sign: String?

    @Argument(
        help: "A store path, or a derivation for all its outputs.", completion: .recipesOrFiles)
    var path: String

    /// The command without arguments.
    package init() {}

    /// Prints the statement.
    package func run(in context: CommandContext) async throws {
        let localStore = try store.open(context)
        let path = try StoreArgument(localStore, context).path(path)
        let statement = try ProvenanceStatement(
            of: path, in: localStore, builder: builder,
            version: NodeosStoreCommand.configuration.version)
        let answer =
            try sign.map {
                try statement.envelope(
                    signedWith: KeyFile.secret(at: context.absolute($0)))
            } ?? statement.json
        try context.output.write(answer.text() + [0x0a])
    }
}
