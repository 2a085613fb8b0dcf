import StoreModel
import Substitutes

extension BinaryCache {
    /// The cache at the URL `text`, with this machine's certificates and temporary directory.
    ///
    /// - Parameter text: a URL, perhaps with `?priority=N` behind it, as for Nix.
    static func of(
        _ text: String, _ store: StoreDirectory, _ context: CommandContext
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
        // A cache is one place of several, and asked often.
        policy.maximumTries = 3
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
