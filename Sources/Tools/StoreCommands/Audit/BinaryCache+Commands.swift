import StoreModel
import Substitutes

extension BinaryCache {
    /// The cache at the URL `text`, with this machine's certificates and temporary directory.
    static func of(
        _ text: String, _ store: StoreDirectory, _ context: CommandContext
    ) throws -> BinaryCache {
        let url = try DownloadURL(parsing: text)
        guard !url.text.contains("?"), !url.text.contains("#") else {
            throw StoreCommandsError.badArgument(
                url.description, reason: "the URL of a cache has no '?' and no '#'")
        }
        var policy = DownloadPolicy()
        policy.certificateFile = DownloadPolicy.certificateFile(in: context.environment)
        // A cache is one place of several, and asked often.
        policy.maximumTries = 3
        return BinaryCache(
            url, store: store,
            temporaryDirectory: context.variable("TMPDIR").map(context.absolute) ?? "/tmp",
            policy: policy)
    }
}
