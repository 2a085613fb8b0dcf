import Archives
package import ArgumentParser
import Graphs
import LocalStore
import Primitives
import Recipes
import StoreDatabase
import StoreModel
import SystemSupport

/// `audit sbom`: what a store path consists of, or is built from.
package struct BillOfMaterials: StoreCommand {
    /// Name and help.
    package static let configuration = CommandConfiguration(
        commandName: "sbom",
        abstract: "Print a bill of materials in CycloneDX 1.6.",
        discussion: """
            Of an output: everything it refers to, with hashes. With --build, and of a \
            derivation: everything it is built from, downloads and their URLs included. As \
            `graph --format cyclonedx` with the type that fits, and besides what the recipes of NodeOS, \
            of --recipes and the one that is named say: licence, supplier, homepage; and the SHA-512 of \
            downloads that are here.

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
        let argument = path
        let path = try StoreArgument(localStore, context).path(argument)
        let graph = try StoreGraph(store: localStore, maximumDepth: nil)
            .graph(build || path.isDerivation ? .derivation : .references, of: [path])
        let bill = CycloneDXRenderer(
            storeDirectory: localStore.storeDirectory,
            facts: try facts(of: graph, argument, localStore, context)
        ).value(of: graph)
        try context.output.write(bill.text() + [0x0a])
    }

    /// What recipes say of the nodes of `graph`, and the SHA-512 of files that were downloaded.
    private func facts(
        of graph: DependencyGraph, _ argument: String, _ store: LocalStore,
        _ context: CommandContext
    ) throws -> [StorePath: CycloneDXRenderer.Facts] {
        let abouts = try RecipeSet(context).abouts([argument], in: store.storeDirectory)
        var facts: [StorePath: CycloneDXRenderer.Facts] = [:]
        for node in graph.nodes {
            var known = CycloneDXRenderer.Facts()
            if let about = abouts[node.path] {
                known.licence = about.licence
                known.homepage = about.homepage
                known.supplier = about.supplier
            }
            let isDownload = node.kind == .fetch && node.method == .flat
            if isDownload || node.kind == .source, node.digest?.algorithm != .sha512,
                let output = node.outputs.first, try store.database.isValid(output)
            {
                known.sha512 = try Self.sha512(of: store.layout.realPath(of: output))
            }
            if known != CycloneDXRenderer.Facts() { facts[node.path] = known }
        }
        return facts
    }

    /// The digest of a file; `nil` for a tree, which has none.
    private static func sha512(of path: String) throws -> Digest? {
        guard try !DirectoryEntries.isDirectory(path), SymbolicLink.target(of: path) == nil else {
            return nil
        }
        var source = try FileSource(path: path)
        var sink = DigestSink(.sha512)
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        while case let count = try source.read(into: &buffer), count > 0 {
            sink.write(buffer.span.extracting(0..<count))
        }
        return sink.digest()
    }
}
