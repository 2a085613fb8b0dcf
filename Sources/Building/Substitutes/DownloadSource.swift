/// One place to try: a URL, and the proxy to reach it through.
public struct DownloadSource: Hashable, Sendable {
    /// The URL; the downloader takes `http`, `https` and `file`.
    public let url: DownloadURL
    /// How to reach it.
    public let proxy: ProxyChoice
    /// Whether the user named the place: then it may be a file, or on this machine. A place that only a
    /// derivation or a server names may be neither.
    public let isNamed: Bool
    /// The URL that a derivation states and that led here, when it is another: what logs and records say. Whose
    /// mirror served it is nobody's business.
    public var stated: String?
    /// Why a file cannot be read, when that was found out before.
    public var problem: String?

    /// A source. The proxy is the environment's unless said otherwise.
    public init(_ url: DownloadURL, proxy: ProxyChoice = .environment, isNamed: Bool = false) {
        self.url = url
        self.proxy = proxy
        self.isNamed = isNamed
    }
}
