import Archives
package import ArgumentParser
import LocalStore
import Primitives
import SystemSupport

/// `cat`: the contents of a file inside a store path or a NAR.
package struct CatCommand: StoreCommand {
    /// Name and help.
    package static let configuration = CommandConfiguration(
        commandName: "cat",
        abstract: "Write the contents of files inside store paths, or inside a NAR.",
        discussion: """
            Paths are store paths or links to them, with anything behind them; links inside the \
            store are followed, also with --root. With --nar the paths are those inside an archive \
            (`-` is standard input), which may be compressed and is read no further than needed; \
            links in it are not followed.

            Examples:
              nodeos-store cat ./result/etc/os-release
              nodeos-store cat --nar closure.nar.xz bin/sh > sh
            """)

    @OptionGroup(title: "Store")
    var store: StoreOptions
    @Option(help: ArgumentHelp("Read this NAR, not the store.", valueName: "file"))
    var nar: String?
    @Argument(help: "The files.", completion: .file())
    var paths: [String]

    /// The command without arguments.
    package init() {}

    /// An archive is read once.
    package func validate() throws {
        if nar != nil, paths.count != 1 { throw ValidationError("--nar takes one path") }
    }

    /// Writes the contents.
    package func run(in context: CommandContext) async throws {
        var sink = CommandOutput.Sink(context.output)
        if let nar {
            var reader = try ArchiveArgument(text: nar, context: context).reader()
            try reader.copyContents(of: ArchiveArgument.path(paths[0]), to: &sink)
            return try sink.finish()
        }
        let store = try store.open(context)
        for path in paths {
            let file = try FileInside(path, in: store, context, followsLast: true)
            let location = try file.location()
            guard case .regular = try location.parent.status(of: location.name).kind else {
                throw HostError.notARegularFile(file.path)
            }
            let opened = try location.parent.openFile(location.name)
            var buffer = [UInt8](repeating: 0, count: 262_144)
            while case let count = try opened.read(into: &buffer, count: buffer.count), count > 0 {
                try sink.write(buffer.span.extracting(0..<count))
            }
        }
        try sink.finish()
    }
}
