import StoreModel
import Substitutes

extension BinaryCache {
    /// The cache at the URL `text`, with this machine's certificates and temporary directory.
    ///
    /// - Parameters:
    ///   - text: a URL, perhaps with `?priority=N` behind it, as for Nix.
    ///   - netrc: the file that `--netrc` names; else `NETRC` counts.
    static func of(
        _ text: String, _ store: StoreDirectory, _ context: CommandContext, netrc: String? = nil
    ) throws -> BinaryCache {
        BinaryCache(
            try CacheAddress(parsing: text, environment: context.environment), store: store,
            environment: context.environment,
            netrcFile: try NetrcFile.path(netrc, context),
            temporaryDirectory: context.variable("TMPDIR").map(context.absolute) ?? "/tmp")
    }
}
