package import ArgumentParser
import Graphs
import LocalStore
import Primitives
import StoreDatabase
import StoreModel
import SystemSupport

/// `sign`: put a signature on what is in the store.
package struct SignCommand: StoreCommand {
    /// Name and help.
    package static let configuration = CommandConfiguration(
        commandName: "sign",
        abstract: "Sign store paths: say that they are what they are named.",
        discussion: """
            Signs path, hash, size and references, as 'nix store sign' does; others who trust \
            the key take these paths without building them. A .drv stands for its outputs. What \
            is registered is signed: 'verify' tells whether the bytes still have that hash.

            Example:
              nodeos-store sign --key example.secret --closure barebones.drv
            """)

    @OptionGroup(title: "Store")
    var store: StoreOptions

    @Option(
        help: ArgumentHelp("The file of the secret key.", valueName: "file"),
        completion: .file())
    var key: String

    @Flag(help: "Also everything that the paths refer to.")
    var closure = false

    @Argument(help: "Store paths or links to them.", completion: .recipesOrFiles)
    var paths: [String]

    /// The command without arguments.
    package init() {}

    /// Signs the paths.
    package func run(in context: CommandContext) async throws {
        let key = try KeyFile.secret(at: context.absolute(key))
        let localStore = try store.open(context, mayWrite: true)
        let query = StoreQuery(store: localStore)
        var goals = try StoreArgument(localStore, context).paths(paths)
            .flatMap { try query.outputsIfDerivation($0) }
        for goal in goals { try query.check(goal) }
        if closure { goals = try localStore.database.closure(of: goals) }
        let signed = try localStore.sign(goals, with: key)
        let others = Set(goals).count - signed
        try context.errorOutput.print(
            "\(signed) paths signed by \(key.publicKey.name)"
                + (others > 0 ? ", \(others) were" : ""))
    }
}
