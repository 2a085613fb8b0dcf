public import ArgumentParser
import LocalStore
import Primitives
import StoreModel

/// `derivation add`: derivations into the store.
public struct DerivationAdd: StoreCommand {
    /// Name and help.
    public static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Add derivations to the store; print their store paths.",
        discussion: """
            Arguments are .drv files. Without any, JSON is read from standard input: what \
            `derivation show` prints, or one record of it. Every output's path is computed anew: a \
            derivation that states another, or that needs one that is not in the store, is refused.

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
    public init() {}

    /// Adds the derivations, inputs before those that use them.
    public func run(in context: CommandContext) async throws {
        let directory = try store.storeDirectory(context)
        var derivations: [Derivation] = []
        for file in files {
            derivations.append(
                try DerivationFile(file, store: store, context: context, in: directory).derivation)
        }
        if files.isEmpty {
            derivations = try read(json: try context.input.readAll(), in: directory)
        }
        let ordered = try Self.ordered(derivations, in: directory)
        let store = try store.openOrMake(context)
        let paths = try store.addDerivations(ordered)
        try output.print(
            PathsAnswer(paths: paths.map { directory.path(of: $0) }), to: context.output)
    }

    private func read(json text: [UInt8], in directory: StoreDirectory) throws -> [Derivation] {
        let value: JSONValue
        do { value = try JSONValue(parsing: text) } catch {
            throw StoreCommandsError.badFile("standard input", reason: "\(error)")
        }
        // One derivation's record, or a record of several keyed by path.
        if value["outputs"] != nil { return [try Derivation(json: value, in: directory)] }
        guard let records = value.object else {
            throw DerivationError.badJSON("it is not a record")
        }
        return try records.sorted { $0.key < $1.key }.map { key, record in
            let name = try? directory.parse(key).derivationName
            return try Derivation(json: record, name: name, in: directory)
        }
    }

    /// The same derivations, each after those that it needs.
    private static func ordered(
        _ derivations: [Derivation], in directory: StoreDirectory
    ) throws -> [Derivation] {
        var byPath: [StorePath: Derivation] = [:]
        for derivation in derivations {
            byPath[try derivation.file(in: directory).path] = derivation
        }
        var graph = DirectedGraph<StorePath>()
        for (path, derivation) in byPath {
            graph.insert(path)
            for input in derivation.inputDerivations.keys where byPath[input] != nil {
                graph.insert(edge: path, to: input)
            }
        }
        return try graph.topologicalOrder().compactMap { byPath[$0] }
    }
}
