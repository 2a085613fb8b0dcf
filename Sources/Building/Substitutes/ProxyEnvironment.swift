import Glibc

/// The proxies that the environment names, as curl reads them: found here, so that the one in use is
/// known to messages and to the rule about addresses.
struct ProxyEnvironment {
    private let variable: (String) -> String?

    /// The proxies that `variable` names; the environment of this process unless given.
    init(_ variable: @escaping (String) -> String? = Self.ofProcess) { self.variable = variable }

    /// The proxies that downloads of `policy` go through.
    init(_ policy: DownloadPolicy) {
        guard let variables = policy.proxyVariables else {
            self.init()
            return
        }
        self.init { variables[$0] }
    }

    private static func ofProcess(_ name: String) -> String? {
        guard let text = unsafe getenv(name) else { return nil }
        return unsafe String(cString: text)
    }

    /// The proxy for `url`: of its scheme, else `all_proxy`, unless `no_proxy` names the host.
    func proxy(for url: DownloadURL) -> String? {
        // Not HTTP_PROXY: a web server sets it from a header that clients choose.
        let names =
            url.scheme == "https"
            ? ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]
            : ["http_proxy", "all_proxy", "ALL_PROXY"]
        guard let proxy = names.lazy.compactMap({ variable($0) }).first, !proxy.isEmpty,
            !isExcepted(url)
        else { return nil }
        return proxy
    }

    /// Whether `no_proxy` names the host.
    func isExcepted(_ url: DownloadURL) -> Bool {
        let list = variable("no_proxy") ?? variable("NO_PROXY") ?? ""
        var host = url.host.lowercased()
        while host.last == "." { host.removeLast() }
        if host.hasPrefix("[") { host = String(host.dropFirst().prefix { $0 != "]" }) }
        for word in list.lowercased().split(whereSeparator: { $0 == "," || $0.isWhitespace }) {
            if word == "*" { return true }
            var name = word
            while name.first == "." { name.removeFirst() }
            while name.last == "." { name.removeLast() }
            if name.first == "[" { name = name.dropFirst().prefix { $0 != "]" } }
            if name.isEmpty { continue }
            if host == name || host.hasSuffix("." + name) { return true }
            if isInNetwork(host, String(name)) { return true }
        }
        return false
    }

    /// Whether the address `host` lies in `network`, such as `10.0.0.0/8`.
    private func isInNetwork(_ host: String, _ network: String) -> Bool {
        let parts = network.split(separator: "/")
        guard parts.count == 2, let bits = Int(parts[1]),
            let one = Self.bytes(host), let other = Self.bytes(String(parts[0])),
            one.count == other.count, (1...(one.count * 8)).contains(bits)
        else { return false }
        return (0..<bits).allSatisfy {
            (one[$0 / 8] ^ other[$0 / 8]) & (0x80 >> UInt8($0 % 8)) == 0
        }
    }

    private static func bytes(_ text: String) -> [UInt8]? {
        for (family, count) in [(AF_INET, 4), (AF_INET6, 16)] {
            var bytes = [UInt8](repeating: 0, count: count)
            if unsafe inet_pton(family, text, &bytes) == 1 { return bytes }
        }
        return nil
    }
}
