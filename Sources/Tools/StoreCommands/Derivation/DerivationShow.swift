public import ArgumentParser
import Primitives
import StoreModel

/// `derivation show`: derivations as JSON.
public struct DerivationShow: StoreCommand {
    /// Name and help.
    public static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Print derivations as JSON, in the form of `nix derivation show`.",
        discussion: """
            Each argument is a .drv file, in the store or not, or a link to one. The answer is one \
            record, keyed by the derivations' store paths; `derivation add` takes it back.

            Example:
              nodeos-store derivation show barebones.drv | jq '.[].env.src'
            """)

    @OptionGroup(title: "Store")
    var store: StoreOptions

    @Argument(help: "The .drv files.", completion: .file(extensions: ["drv"]))
    var paths: [String]

    /// The command without arguments.
    public init() {}

    /// Reads the files and prints them as JSON.
    public func run(in context: CommandContext) async throws {
        var records: [String: JSONValue] = [:]
        for path in paths {
            let file = try DerivationFile(path, store: store, context: context)
            let (storePath, _) = try file.derivation.file(in: file.storeDirectory)
            let key = file.storeDirectory.path(of: storePath)
            records[key] = try file.derivation.json(in: file.storeDirectory)
        }
        try context.output.write(JSONValue.object(records).text() + [UInt8(ascii: "\n")])
    }
}
