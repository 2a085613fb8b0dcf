package import ArgumentParser
import Graphs
import LocalStore
import Primitives
import StoreDatabase
import StoreModel

/// `query`: questions to the store.
package struct QueryCommand: StoreCommand {
    /// Name and help.
    package static let configuration = CommandConfiguration(
        commandName: "query",
        abstract: "Ask what the store holds, and what belongs together.",
        discussion: """
            Kinds:
            \(QueryKind.allCases.map { kind in
                "  \(kind.rawValue)\(String(repeating: " ", count: 21 - kind.rawValue.count))"
                    + kind.summary
            }.joined(separator: "\n"))

            Paths are store paths, links into the store (barebones.drv), anything below a store item, \
            or names of recipes, which stand for their derivations. The references of a derivation are its inputs; --include-outputs adds the valid \
            outputs of every derivation to requisites.

            Examples:
              nodeos-store query requisites --include-outputs barebones.drv
              nodeos-store query info --json ./result | jq '.[].narSize'
            """)

    @OptionGroup(title: "Store")
    var store: StoreOptions
    @OptionGroup
    var output: OutputOptions

    @Flag(help: "Also the valid outputs of derivations (for requisites and referrers-closure).")
    var includeOutputs = false
    @Flag(name: [.long], help: "Ask about the outputs of derivations, not about the derivations.")
    var useOutput = false

    @Argument(help: "What to ask; see above.")
    var kind: QueryKind
    @Argument(help: "The paths to ask about.", completion: .recipesOrFiles)
    var paths: [String] = []

    /// The command without arguments.
    package init() {}

    /// Only all roots can be asked for without a path.
    package func validate() throws {
        if paths.isEmpty, kind != .roots {
            throw ValidationError("'query \(kind.rawValue)' needs at least one path")
        }
    }

    /// Asks and prints the answer.
    package func run(in context: CommandContext) async throws {
        let store = try store.open(context)
        let query = StoreQuery(store: store)
        if kind == .pathFromHashPart { return try print(paths.map(query.path(hashPart:))) }
        var paths = try StoreArgument(store, context).paths(paths)
        if useOutput { paths = try paths.flatMap { try query.outputsIfDerivation($0) } }
        switch kind {
        case .references: try print(query.union(paths) { try store.database.references(of: $0) })
        case .referrers: try print(query.union(paths) { try store.database.referrers(of: $0) })
        case .requisites: try print(query.requisites(paths, includeOutputs: includeOutputs))
        case .referrersClosure:
            try print(query.referrersClosure(paths, includeOutputs: includeOutputs))
        case .outputs: try print(query.outputs(paths))
        case .validDerivers:
            try print(query.union(paths) { try store.database.validDerivers(of: $0) })
        case .realPath:
            for path in paths { try query.check(path) }
            try output.print(
                PathsAnswer(paths: paths.map { store.layout.realPath(of: $0) }), to: context.output)
        case .deriver: try output.print(query.derivers(paths), to: context.output)
        case .roots:
            try output.print(
                RootsAnswer(
                    roots: query.roots(keeping: paths), directory: store.storeDirectory),
                to: context.output)
        case .tree: try output.print(query.tree(paths), to: context.output)
        case .size: try output.print(query.sizes(paths), to: context.output)
        case .hash: try output.print(query.hashes(paths), to: context.output)
        case .info: try output.print(query.infos(paths), to: context.output)
        case .pathFromHashPart: break
        }

        func print(_ found: [StorePath]) throws {
            let directory = store.storeDirectory
            try output.print(
                PathsAnswer(paths: found.map { directory.path(of: $0) }), to: context.output)
        }
    }
}

/// The questions that `query` answers.
enum QueryKind: String, CaseIterable, ExpressibleByArgument {
    case references
    case referrers
    case requisites
    case referrersClosure = "referrers-closure"
    case deriver
    case outputs
    case validDerivers = "valid-derivers"
    case roots
    case tree
    case size
    case hash
    case info
    case realPath = "real-path"
    case pathFromHashPart = "path-from-hash-part"

    /// One line for the help.
    var summary: String {
        switch self {
        case .references: "what the paths refer to directly"
        case .referrers: "what refers to the paths directly"
        case .requisites: "the closure: all the paths refer to, dependencies first"
        case .referrersClosure: "all that refers to the paths, directly or not"
        case .deriver: "the derivation that made each path, or unknown-deriver"
        case .outputs: "the outputs of derivations, valid or not"
        case .validDerivers: "all derivations in the store that make the paths"
        case .roots: "the links that keep the paths; without paths, all roots"
        case .tree: "the references as a tree"
        case .size: "the size of each path's NAR and of its closure"
        case .hash: "the SHA-256 hash of each path's NAR"
        case .realPath: "where the bytes are, which with --root is elsewhere"
        case .pathFromHashPart: "the valid path with these 32 characters of hash"
        case .info: "everything the database knows of each path"
        }
    }
}
