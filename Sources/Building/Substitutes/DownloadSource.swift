/// One place to try: a URL, and the proxy to reach it through.
public struct DownloadSource: Hashable, Sendable {
    /// The URL; the downloader takes `http`, `https` and `file`.
    public let url: DownloadURL
    /// How to reach it.
    public let proxy: ProxyChoice

    /// A source. The proxy is the environment's unless said otherwise.
    public init(_ url: DownloadURL, proxy: ProxyChoice = .environment) {
        self.url = url
        self.proxy = proxy
    }
}
