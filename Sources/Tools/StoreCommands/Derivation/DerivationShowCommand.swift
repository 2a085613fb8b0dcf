package import ArgumentParser
import Primitives
import Recipes
import StoreModel
import SystemSupport

/// `derivation show`: derivations as JSON.
package struct DerivationShowCommand: StoreCommand {
    /// Name and help.
    package static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Print derivations as JSON, in the form of `nix derivation show`.",
        discussion: """
            Each argument is a .drv file, in the store or not, a link to one, or the name of a \
            recipe. The answer is one record, keyed by the derivations' store paths; `derivation \
            add` takes it back.

            Example:
              nodeos-store derivation show barebones.drv | jq '.[].env.src'
            """)

    @OptionGroup(title: "Store")
    var store: StoreOptions

    @Argument(help: "The .drv files, or recipes.", completion: .recipesOrFiles)
    var paths: [String]

    /// The command without arguments.
    package init() {}

    /// Reads the files and prints them as JSON.
    package func run(in context: CommandContext) async throws {
        var records: [String: JSONValue] = [:]
        for path in paths {
            if let (key, derivation) = try recipe(path, context) {
                let directory = try store.storeDirectory(context)
                records[directory.path(of: key)] = try derivation.json(in: directory)
                continue
            }
            let file = try DerivationFile(path, store: store, context: context)
            let (storePath, _) = try file.derivation.file(in: file.storeDirectory)
            let key = file.storeDirectory.path(of: storePath)
            records[key] = try file.derivation.json(in: file.storeDirectory)
        }
        try context.output.write(JSONValue.object(records).text() + [UInt8(ascii: "\n")])
    }

    /// What the recipe called `name` is, where there is no file of that name: nothing is looked up.
    private func recipe(_ name: String, _ context: CommandContext) throws
        -> (StorePath, Derivation)?
    {
        let recipes = try RecipeSet(context)
        let isFile = try recipes.files.location(RecipeFiles.withoutCheck(name).base) != nil
        guard try isFile || !name.contains("/") && !SymbolicLink.isPresent(context.absolute(name))
        else { return nil }
        let graph = try recipes.lowered([name], in: store.storeDirectory(context))?.graph
        return graph?.derivations.first { $0.path == graph?.goals[0] }.map {
            ($0.path, $0.derivation)
        }
    }
}
