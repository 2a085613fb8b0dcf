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
    public init() {}

    /// Adds the derivations, inputs before those that use them.
    public func run(in context: CommandContext) async throws {
        let directory = try store.storeDirectory(context)
        guard !files.isEmpty else {
            let drafts = try read(json: try context.input.readAll(), in: directory)
            let store = try store.openOrMake(context)
            return try add(store.completed(drafts), to: store, context)
        }
        let derivations = try files.map {
            try DerivationFile($0, store: store, context: context, in: directory).derivation
        }
        try add(
            Self.ordered(derivations, in: directory), to: store.openOrMake(context), context)
    }

    private func add(
        _ derivations: [Derivation], to store: LocalStore, _ context: CommandContext
    ) throws {
        let paths = try store.addDerivations(derivations)
        try output.print(
            PathsAnswer(paths: paths.map { store.storeDirectory.path(of: $0) }),
            to: context.output)
    }

    private func read(
        json text: [UInt8], in directory: StoreDirectory
    ) throws -> [LocalStore.DerivationDraft] {
        let value: JSONValue
        do { value = try JSONValue(parsing: text) } catch {
            throw StoreCommandsError.badFile("standard input", reason: "\(error)")
        }
        // One derivation's record, or a record of several keyed by path, as it is or, since Nix 2.33,
        // with its version beside it.
        if value["outputs"] != nil {
            return [.init(path: nil, derivation: try Derivation(json: value, in: directory))]
        }
        guard let records = try records(in: value) else {
            throw DerivationError.badJSON("it is not a record")
        }
        return try records.sorted { $0.key < $1.key }.map { key, record in
            let path =
                key.utf8.contains(UInt8(ascii: "/"))
                ? try? directory.parse(key) : try? StorePath(baseName: key)
            return .init(
                path: path,
                derivation: try Derivation(
                    json: record, name: path?.derivationName, in: directory))
        }
    }

    private func records(in value: JSONValue) throws -> [String: JSONValue]? {
        guard let members = value.object, let wrapped = members["derivations"] else {
            return value.object
        }
        if let unknown = members.keys.filter({ !["derivations", "version"].contains($0) }).min() {
            throw DerivationError.badJSON("the field '\(unknown)' is not known")
        }
        guard let version = members["version"] else {
            throw DerivationError.badJSON("'version' is missing")
        }
        guard version == .integer(4) else {
            let text = String(decoding: version.text(isPretty: false), as: UTF8.self)
            throw DerivationError.badJSON("it is of version \(text); known is 4")
        }
        return wrapped.object
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
