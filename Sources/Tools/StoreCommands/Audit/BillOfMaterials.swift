package import ArgumentParser
import Graphs
import LocalStore
import Primitives
import StoreModel

/// `audit sbom`: what a store path consists of, or is built from.
package struct BillOfMaterials: StoreCommand {
    /// Name and help.
    package static let configuration = CommandConfiguration(
        commandName: "sbom",
        abstract: "Print a bill of materials in CycloneDX 1.6.",
        discussion: """
            Of an output: everything it refers to, with hashes. With --build, and of a \
            derivation: everything it is built from, downloads and their URLs included. The same \
            as `graph --format cyclonedx` with the type that fits.

            Example:
              nodeos-store audit sbom --build ./result > result.cdx.json
            """)

    @OptionGroup(title: "Store")
    var store: StoreOptions

    @Flag(help: "What it is built from, not what it refers to.")
    var build = false

    @Argument(help: "A store path, or a link to one.", completion: .recipesOrFiles)
    var path: String

    /// The command without arguments.
    package init() {}

    /// Prints the bill.
    package func run(in context: CommandContext) async throws {
        let localStore = try store.open(context)
        let path = try StoreArgument(localStore, context).path(path)
        let graph = try StoreGraph(store: localStore, maximumDepth: nil)
            .graph(build || path.isDerivation ? .derivation : .references, of: [path])
        let bill = CycloneDXRenderer(storeDirectory: localStore.storeDirectory).value(of: graph)
        try context.output.write(bill.text() + [0x0a])
    }
}
