package import ArgumentParser
import Audits
import LocalStore
import Primitives
import StoreModel
import SystemSupport

/// `audit manifest`: what this machine has, for others to compare with.
package struct AuditManifestCommand: StoreCommand {
    /// Name and help.
    package static let configuration = CommandConfiguration(
        commandName: "manifest",
        abstract: "Write down what this machine has, for comparing with another's.",
        discussion: """
            Prints a JSON text (docs/formats/manifest.md): for each store path hash, size, \
            references, derivation, and how it came; and facts of the machine. Equal stores on \
            one machine print equal bytes. A .drv stands for its outputs.

            Examples:
              nodeos-store audit manifest --derivations barebones.drv > mine.json
              nodeos-store audit manifest --sign my.secret ./result > mine.json
              nodeos-store audit compare mine.json theirs.json
            """)

    @OptionGroup(title: "Store")
    var store: StoreOptions

    @Flag(help: "Also everything that the paths were built from, as far as it is there.")
    var derivations = false

    @Option(
        help: ArgumentHelp(
            "Sign it with the secret key in <keyfile> (see 'key generate').",
            valueName: "keyfile"), completion: .file())
    var sign: String?

    @Argument(
        help: "Store paths or links to them, with all they refer to; else the whole store.",
        completion: .recipesOrFiles)
    var paths: [String] = []

    /// The command without arguments.
    package init() {}

    /// Prints the manifest.
    package func run(in context: CommandContext) async throws {
        let key = try sign.map { try KeyFile.secret(at: context.absolute($0)) }
        let localStore = try store.open(context)
        let goals = try StoreArgument(localStore, context).paths(paths)
        let maker = ManifestMaker(localStore, tool: Self.tool)
        var manifest =
            goals.isEmpty
            ? try maker.manifestOfEverything()
            : try maker.manifest(of: goals, withBuildGraph: derivations)
        if let key { try manifest.sign(with: key) }
        try context.output.write(manifest.json.text() + [UInt8(ascii: "\n")])
    }

    /// This program and its version.
    static let tool = "nodeos-store \(NodeosStoreCommand.configuration.version)"
}
