package import ArgumentParser
import NodeosStore
import Primitives
import StoreModel
import Substitutes

/// `cache`: care of a binary cache in a directory.
package struct CacheCommand: AsyncParsableCommand {
    /// Name, help and subcommands.
    package static let configuration = CommandConfiguration(
        commandName: "cache", abstract: "Look after a binary cache in a directory of this machine.",
        discussion: """
            'copy --to file:///DIR' fills one; see docs/manual/giving.md.
            """,
        subcommands: [CacheVerifyCommand.self, CacheGcCommand.self])

    /// The command without arguments.
    package init() {}
}

/// Directories of caches as people write them.
enum CacheDirectoryArgument {
    /// The absolute path of the directory that `text`, a path or a `file:` URL, names.
    static func path(_ text: String, _ context: CommandContext) throws -> String {
        guard text.contains("://") else { return context.absolute(text) }
        guard let path = try DownloadURL(parsing: text).filePath else {
            throw StoreCommandsError.badArgument(
                text, reason: "the cache must be a directory of this machine")
        }
        return path
    }
}
