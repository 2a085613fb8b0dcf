package import ArgumentParser
import LocalStore
import NodeosStore
import Primitives
import StoreDatabase
import StoreModel
import SystemSupport

/// `copy`: closures between stores on this machine.
package struct CopyCommand: StoreCommand {
    /// Name and help.
    package static let configuration = CommandConfiguration(
        commandName: "copy",
        abstract: "Copy paths and all they refer to between stores on this machine.",
        discussion: """
            The other store is one under another --root. Only what is missing there is copied, \
            what is referred to before what refers to it; an interrupted copy goes on where it \
            was. Everything is hashed on its way, and a path that was altered is refused. What is \
            there already gets the signatures that it has here. Prints what was copied.

            Examples:
              nodeos-store copy --to /mnt/disk ./result
              nodeos-store copy --from /mnt/disk /nodeos/store/2j4s87fjdzwlixi17230c3kgxihm6g6m-x
            """)

    @OptionGroup(title: "Store")
    var store: StoreOptions
    @OptionGroup
    var output: OutputOptions

    @Option(
        help: ArgumentHelp("Copy into the store under <dir>.", valueName: "dir"),
        completion: .directory, transform: PlaceArgument.store)
    var to: String?
    @Option(
        help: ArgumentHelp("Copy from the store under <dir>.", valueName: "dir"),
        completion: .directory, transform: PlaceArgument.store)
    var from: String?

    @Argument(help: "The paths to copy, with their closures.", completion: .recipesOrFiles)
    var paths: [String]

    /// The command without arguments.
    package init() {}

    /// There is one other store.
    package func validate() throws {
        if (to == nil) == (from == nil) {
            throw ValidationError("say --to DIR or --from DIR, one of them")
        }
    }

    /// Copies.
    package func run(in context: CommandContext) async throws {
        let layout = try store.layout(context)
        let other = StoreLayout(
            storeDirectory: layout.storeDirectory, stateDirectory: layout.stateDirectory,
            root: try (to ?? from).map { try PlainPath.of(context.absolute($0)) })
        let source = try StoreSession(.init(layout: to == nil ? other : layout))
        let paths = try StoreArgument(source.store, context, recipes: .outputs).paths(paths)
        let destination = try StoreSession(
            .init(layout: to == nil ? layout : other), access: .creating)
        let copied = try source.copy(paths, to: destination)
        try output.print(PathsAnswer(paths: copied.map(source.text(of:))), to: context.output)
    }
}
