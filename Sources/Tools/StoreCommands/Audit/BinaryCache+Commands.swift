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
        let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let hasParameter = parts.count > 1 && text.contains("://")
        let url = try DownloadURL(parsing: hasParameter ? String(parts[0]) : text)
        let priority = hasParameter ? number(ofPriority: parts[1]) : nil
        guard !hasParameter || priority != nil, !url.text.contains("#") else {
            throw StoreCommandsError.badArgument(
                url.description,
                reason: "behind the URL of a cache may stand '?priority=NUMBER' and nothing else")
        }
        var policy = DownloadPolicy()
        policy.certificateFile = DownloadPolicy.certificateFile(in: context.environment)
        policy.netrcFile = try NetrcFile.path(netrc, context)
        // A cache is one place of several, and asked often; what is slow to answer is left for the next.
        policy.maximumTries = 3
        policy.connectTimeout = 10
        policy.stallTimeout = 15
        policy.repeatsTimeouts = false
        return BinaryCache(
            url, store: store,
            temporaryDirectory: context.variable("TMPDIR").map(context.absolute) ?? "/tmp",
            priority: priority, policy: policy)
    }

    private static func number(ofPriority parameter: Substring) -> Int? {
        let word = "priority="
        return parameter.hasPrefix(word) ? Int(parameter.dropFirst(word.count)) : nil
    }
}
