import Archives
package import ArgumentParser
import LocalStore
import Primitives
import SystemSupport

/// `ls`: what is inside a store path or a NAR.
package struct ListCommand: StoreCommand {
    /// Name and help.
    package static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "List what is inside a store path, or inside a NAR.",
        discussion: """
            The path is a store path or a link to one, with anything behind it; links inside the \
            store are followed, but not one at the end. With --nar it is a path inside an archive \
            (`-` is standard input), which may be compressed and is not unpacked. The JSON is that \
            of `nix store ls`; a byte of a name that is not UTF-8 stands in it as U+10FE00 plus the byte. \
            A line feed in a name is written '\\n'; on a terminal so is everything that would steer it.

            Examples:
              nodeos-store ls -l ./result/bin
              nodeos-store ls -lR --nar closure.nar.xz /
            """)

    @OptionGroup(title: "Store")
    var store: StoreOptions
    @OptionGroup
    var output: OutputOptions
    @Option(help: ArgumentHelp("List this NAR, not the store.", valueName: "file"))
    var nar: String?
    @Flag(name: [.customShort("l"), .long], help: "Also kinds, sizes and the targets of links.")
    var long = false
    @Flag(name: [.customShort("R"), .long], help: "Also what is in directories, at any depth.")
    var recursive = false
    @Argument(help: "The path.", completion: .file())
    var path: String

    /// The command without arguments.
    package init() {}

    /// The most entries that JSON is made of: it is made whole, in memory.
    private static let maximumEntries = 250_000

    /// Lists.
    package func run(in context: CommandContext) async throws {
        let node: NARListing.Node
        if let nar {
            var reader = try ArchiveArgument(text: nar, context: context).reader()
            guard output.json else { return try list(&reader, context) }
            let listing = try NARListing(reading: &reader, limit: Self.maximumEntries)
            guard let found = listing.node(at: ArchiveArgument.path(path))
            else { throw ArchivesError.notInArchive(path: path) }
            node = found
        } else {
            let store = try store.open(context)
            let location = try FileInside(path, in: store, context, followsLast: false).location()
            node = try NARListing(
                listing: location.name, in: location.parent,
                depth: recursive ? TreeWalker.maximumDepth : 1
            ).root
        }
        try output.print(
            ListingAnswer(
                node: node, name: SymbolicLink.baseName(of: path), isLong: long,
                isRecursive: recursive), to: context.output)
    }
}

extension ListCommand {
    /// Lists what is in a NAR while it is read: a small one may hold millions of names.
    private func list(
        _ reader: inout NARReader<DecompressingSource>, _ context: CommandContext
    ) throws {
        var lines = ""
        let isFound = try reader.list(ArchiveArgument.path(path), isRecursive: recursive) {
            names, node in
            let name =
                names.isEmpty
                ? SymbolicLink.baseName(of: path)
                : "./" + names.map(\.description).joined(separator: "/")
            lines += ListingAnswer(node: node, name: name, isLong: long, isRecursive: recursive)
                .line(node, name)
            if lines.utf8.count >= 65_536 {
                try context.output.write(lines)
                lines = ""
            }
        }
        guard isFound else { throw ArchivesError.notInArchive(path: path) }
        try context.output.write(lines)
    }
}

/// A listing.
private struct ListingAnswer: CommandAnswer {
    let node: NARListing.Node
    /// What a single file is called.
    let name: String
    let isLong: Bool
    let isRecursive: Bool

    var json: JSONValue { node.json(isRecursive: isRecursive) }

    func text(for output: CommandOutput) -> String {
        guard case .directory(let entries) = node else { return line(node, name) }
        return lines(of: entries, in: ".").joined()
    }

    private func lines(of entries: [NARListing.Entry], in directory: String) -> [String] {
        entries.flatMap { entry in
            let name = "\(directory)/\(entry.name)"
            guard isRecursive, case .directory(let inner) = entry.node else {
                return [line(entry.node, name)]
            }
            return [line(entry.node, name)] + lines(of: inner, in: name)
        }
    }

    func line(_ node: NARListing.Node, _ path: String) -> String {
        let name = path.oneLine
        guard isLong else { return name + "\n" }
        switch node {
        case .regular(let executable, let size, _):
            return columns(executable ? "-r-xr-xr-x" : "-r--r--r--", size) + name + "\n"
        case .symlink(let target):
            return columns("lrwxrwxrwx", 0) + "\(name) -> \(target.description.oneLine)\n"
        case .directory: return columns("dr-xr-xr-x", 0) + name + "\n"
        }
    }

    private func columns(_ mode: String, _ size: UInt64) -> String {
        let digits = "\(size)"
        return mode + String(repeating: " ", count: max(1, 21 - digits.count)) + digits + " "
    }
}
