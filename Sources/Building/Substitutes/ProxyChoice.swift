/// Which proxy a download goes through.
public enum ProxyChoice: Hashable, Sendable, CustomStringConvertible {
    /// What `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy` say, as libcurl reads them.
    case environment
    /// None, whatever the environment says.
    case direct
    /// This one (`http`, `https`, `socks5` or `socks5h` URL).
    case through(DownloadURL)

    /// The choice for people, without credentials.
    public var description: String {
        switch self {
        case .environment: "the environment's proxy"
        case .direct: "no proxy"
        case .through(let url): "the proxy \(url)"
        }
    }

    /// The proxy to reach `url` through, as curl takes it; `nil` for none.
    func address(for url: DownloadURL, _ environment: ProxyEnvironment) -> String? {
        switch self {
        case .environment: environment.proxy(for: url)
        case .direct: nil
        case .through(let address): environment.isExcepted(url) ? nil : address.text
        }
    }
}
