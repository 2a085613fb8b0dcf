package import ArgumentParser
import LocalStore
import Primitives
import StoreModel

/// `derivation add`: derivations into the store.
package struct DerivationAddCommand: StoreCommand {
    /// Name and help.
    package static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Add derivations to the store; print their store paths.",
        discussion: """
            Arguments are .drv files. Without any, JSON is read from standard input: what \
            `derivation show` of this program or of any Nix prints, or one record of it. Every \
            output's path is computed anew: a derivation that states another, or that needs one \
            that is neither in the store nor in the same input, is refused. In JSON, paths of \
            outputs and the variables named like them may be absent or empty: they are filled in.

            Example:
              nodeos-store derivation show x.drv | jq '.[]' | nodeos-store derivation add
            """)

    @OptionGroup(title: "Store")
    var store: StoreOptions
    @OptionGroup
    var output: OutputOptions

    @Argument(help: "The .drv files.", completion: .file(extensions: ["drv"]))
    var files: [String] = []

    /// The command without arguments.
    package init() {}

    /// Adds the derivations, inputs before those that use them.
    package func run(in context: CommandContext) async throws {
        let directory = try store.storeDirectory(context)
        let paths: [StorePath]
        if files.isEmpty {
            let value: JSONValue
            do { value = try JSONValue(parsing: context.input.readAll()) } catch let error
                as JSONError
            {
                throw StoreCommandsError.badFile("standard input", reason: "\(error)")
            }
            let drafts = try DerivationDraft.drafts(in: value, of: directory)
            let localStore = try store.openOrMake(context)
            paths = try localStore.addDerivations(localStore.completed(drafts))
        } else {
            let derivations = try files.map {
                try DerivationFile($0, store: store, context: context, in: directory).derivation
            }
            paths = try store.openOrMake(context).addDerivations(inAnyOrder: derivations)
        }
        try output.print(
            PathsAnswer(paths: paths.map { directory.path(of: $0) }), to: context.output)
    }
}
