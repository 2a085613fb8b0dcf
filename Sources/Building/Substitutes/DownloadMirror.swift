/// One place where the files of `mirror://NAME/` are.
public struct DownloadMirror: Hashable, Sendable {
    /// The URL that the path of a `mirror://` URL is appended to.
    public let base: DownloadURL
    /// How to reach it.
    public let proxy: ProxyChoice
    /// Where it was defined, for people: `--mirror`, a variable's name, a file.
    public let origin: String

    /// A mirror.
    ///
    /// - Throws: ``MirrorError/malformedDefinition(origin:reason:)`` when the base is not http,
    ///   https or file, or has a query (a path cannot be appended to that).
    public init(base: DownloadURL, proxy: ProxyChoice = .environment, origin: String)
        throws(MirrorError)
    {
        guard base.isSupported, !base.text.contains("?"), !base.text.contains("#") else {
            throw .malformedDefinition(
                origin: origin,
                reason: "'\(base)' is not an http, https or file URL without a query")
        }
        self.base = base
        self.proxy = proxy
        self.origin = origin
    }

    /// A mirror from the text of its base.
    init(_ text: some StringProtocol, origin: String) throws(MirrorError) {
        let base: DownloadURL
        do throws(MirrorError) {
            base = try DownloadURL(parsing: String(text))
        } catch {
            throw .malformedDefinition(origin: origin, reason: error.description)
        }
        try self.init(base: base, origin: origin)
    }
}
