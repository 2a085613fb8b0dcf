import ArgumentParser
import Hummingbird
import NIOCore

/// `HOST:PORT`, `[IPV6]:PORT` or `unix:PATH`.
struct ListenAddress: ExpressibleByArgument {
    /// As it was given.
    let text: String
    private let host: String?
    private let port: Int
    private let socket: String?

    init?(argument: String) {
        text = argument
        if argument.hasPrefix("unix:") {
            (host, port, socket) = (nil, 0, String(argument.dropFirst("unix:".count)))
            return
        }
        guard let colon = argument.lastIndex(of: ":"),
            let port = UInt16(argument[argument.index(after: colon)...])
        else { return nil }
        var host = String(argument[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        guard !host.isEmpty else { return nil }
        (self.host, self.port, socket) = (host, Int(port), nil)
    }

    var bindAddress: BindAddress {
        if let socket { return .unixDomainSocket(path: socket) }
        return .hostname(host ?? "localhost", port: port)
    }

    /// Where it can be asked, once it listens: port 0 is any.
    func url(_ scheme: String, _ channel: any Channel) -> String {
        if let socket { return "unix:\(socket)" }
        let name = host?.contains(":") == true ? "[\(host ?? "")]" : host ?? "localhost"
        return "\(scheme)://\(name):\(channel.localAddress?.port ?? port)"
    }
}
