// Public, as `HashAlgorithm` is, whose conformance is below.
public import ArgumentParser
import LocalStore
import Primitives
import StoreModel
import SystemSupport

/// `add`: files and trees into the store.
package struct AddCommand: StoreCommand {
    /// Name and help.
    package static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Copy files or trees into the store; print their store paths.",
        discussion: """
            Without --fixed and --flat this is `nix-store --add`: the path follows from the SHA-256 \
            hash of the tree's NAR. `--fixed ALGORITHM` is `nix-store --add-fixed`, where the path \
            is that of a fixed output with the hash of the file's contents; with --recursive, of \
            its NAR.

            Examples:
              nodeos-store add ./linux.config
              nodeos-store add --fixed sha256 --name hello.tar.gz ./downloads/hello-2.12.tar.gz
            """)

    @OptionGroup(title: "Store")
    var store: StoreOptions
    @OptionGroup
    var output: OutputOptions

    @Option(help: "The name in the store; else the file's.")
    var name: String?
    @Option(help: "The algorithm of a fixed output: md5, sha1, sha256, sha512.")
    var fixed: HashAlgorithm?
    @Flag(help: "Hash the contents of a single file, or the NAR of a tree.")
    var method: AddMethod?

    @Argument(help: "Files, directories or links; a link is added as a link.", completion: .file())
    var paths: [String]

    /// The command without arguments.
    package init() {}

    /// Refuses one name for several paths.
    package func validate() throws {
        if name != nil, paths.count > 1 { throw ValidationError("--name is for a single path") }
    }

    /// Adds the paths and prints where they are.
    package func run(in context: CommandContext) async throws {
        let store = try store.openOrMake(context)
        // As nix-store has it: --add is recursive, --add-fixed is flat unless it says otherwise.
        let method = method ?? (fixed == nil ? .recursive : .flat)
        var added: [String] = []
        for path in paths {
            let info = try store.addTree(
                at: context.absolute(path), name: name ?? SymbolicLink.baseName(of: path),
                method: method == .flat ? .flat : .recursive, algorithm: fixed ?? .sha256)
            added.append(store.storeDirectory.path(of: info.path))
        }
        try output.print(PathsAnswer(paths: added), to: context.output)
    }
}

/// What `add` hashes.
enum AddMethod: String, EnumerableFlag {
    /// The contents of one file.
    case flat
    /// The NAR of any tree.
    case recursive
}

extension HashAlgorithm: ExpressibleByArgument {}
