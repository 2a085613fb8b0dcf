import Glibc
import Synchronization

/// An HTTP server on 127.0.0.1 that answers from a script, for tests of downloads. It closes the
/// connection after each answer, unless an answer says otherwise.
public final class LoopbackServer: Sendable {
    /// What a client asked for.
    public struct Request: Sendable, Hashable {
        /// How many requests came before it.
        public let number: Int
        /// `GET`, `PUT` and so on.
        public let method: String
        /// The path and query as sent.
        public let path: String
        /// Header fields, names in lower case.
        public let headers: [String: String]
        /// What was sent along; as much as came when the connection broke.
        public let body: [UInt8]

        /// The first byte that a `Range: bytes=N-` header asks for.
        public var rangeStart: Int? {
            headers["range"].flatMap { range in
                guard range.hasPrefix("bytes="), range.hasSuffix("-") else { return nil }
                return Int(range.dropFirst(6).dropLast())
            }
        }
    }

    /// What becomes of the connection after the bytes of the answer are sent.
    public enum Ending: Sendable {
        /// Closed in order.
        case close
        /// Reset, as by a crash.
        case reset
        /// Left open and silent until the client gives up.
        case stall
        /// The next request may come over it.
        case open
    }

    /// An answer.
    public struct Response: Sendable {
        /// The status code.
        public var status: Int
        /// Header lines but `Content-Length` and `Connection`.
        public var headers: [String]
        /// The body that the headers promise.
        public var body: [UInt8]
        /// How many bytes of the body are really sent; `nil` means all.
        public var sentBytes: Int?
        /// The length that is promised; `nil` means the body's.
        public var promisedLength: Int?
        /// Whether `Content-Length` is sent at all.
        public var tellsLength = true
        /// How many bytes of the body are sent each second; `nil` means all at once.
        public var bytesPerSecond: Int?
        /// What follows.
        public var ending = Ending.close

        /// An answer that is sent whole.
        public init(_ status: Int = 200, headers: [String] = [], body: [UInt8] = []) {
            self.status = status
            self.headers = headers
            self.body = body
        }

        /// The part of `body` the request asks for, as a server that knows ranges sends it.
        public static func ranged(
            _ body: [UInt8], for request: Request, headers: [String] = []
        ) -> Response {
            guard let start = request.rangeStart else {
                return Response(200, headers: headers, body: body)
            }
            guard start < body.count else {
                return Response(416, headers: headers + ["Content-Range: bytes */\(body.count)"])
            }
            return Response(
                206,
                headers: headers + [
                    "Content-Range: bytes \(start)-\(body.count - 1)/\(body.count)"
                ],
                body: Array(body[start...]))
        }

        /// The same answer, so many bytes of its body each second.
        public func trickling(_ bytesPerSecond: Int) -> Response {
            var copy = self
            copy.bytesPerSecond = bytesPerSecond
            return copy
        }

        /// The same answer broken off after `count` bytes of its body.
        public func broken(after count: Int, _ ending: Ending) -> Response {
            var copy = self
            copy.sentBytes = count
            copy.ending = ending
            return copy
        }
    }

    private final class Log: Sendable {
        let requests = Mutex<[Request]>([])
        let isStopped = Mutex(false)
    }

    private let listener: Int32
    private let log = Log()
    /// The port it listens on.
    public let port: UInt16

    /// A server that asks `respond` for each answer, on a thread of its own.
    ///
    /// - Throws: ``LoopbackServerError`` when no socket can be had.
    public init(_ respond: @escaping @Sendable (Request) -> Response) throws {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let isBound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(listener, $0, length) == 0 && listen(listener, 64) == 0
                    && getsockname(listener, $0, &length) == 0
            }
        }
        guard listener >= 0, isBound else { throw LoopbackServerError(code: errno) }
        port = UInt16(bigEndian: address.sin_port)
        let log = log
        inThread { Self.accept(listener, log, respond) }
    }

    deinit { stop() }

    /// The URL of `path`, which begins with a slash.
    public func url(_ path: String) -> String { "http://127.0.0.1:\(port)\(path)" }

    /// Everything that was asked so far.
    public var requests: [Request] { log.requests.withLock { $0 } }

    /// Takes no further connections.
    public func stop() {
        // Once: the accepting thread then closes the descriptor, whose number may be used again.
        log.isStopped.withLock { isStopped in
            if !isStopped { shutdown(listener, Int32(SHUT_RDWR)) }
            isStopped = true
        }
    }

    private static func accept(
        _ listener: Int32, _ log: Log, _ respond: @escaping @Sendable (Request) -> Response
    ) {
        while true {
            let connection = Glibc.accept(listener, nil, nil)
            if connection < 0 {
                // What accept says after the shutdown in `stop`.
                if errno != EINVAL { continue }
                close(listener)
                return
            }
            _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
            inThread {
                while serve(connection, log, respond) {}
                close(connection)
            }
        }
    }

    /// Answers one request; whether another may follow.
    private static func serve(
        _ connection: Int32, _ log: Log, _ respond: @Sendable (Request) -> Response
    ) -> Bool {
        guard let (method, path, headers) = readRequest(connection) else { return false }
        let body = readBody(connection, headers)
        let request = log.requests.withLock { requests in
            let request = Request(
                number: requests.count, method: method, path: path, headers: headers, body: body)
            requests.append(request)
            return request
        }
        let response = respond(request)
        var head = "HTTP/1.1 \(response.status) Scripted\r\n"
        if response.ending != .open { head += "Connection: close\r\n" }
        if response.tellsLength {
            head += "Content-Length: \(response.promisedLength ?? response.body.count)\r\n"
        }
        for header in response.headers { head += header + "\r\n" }
        send(connection, Array((head + "\r\n").utf8))
        let bodyCount = method == "HEAD" ? 0 : response.sentBytes ?? response.body.count
        let sent = response.body.prefix(bodyCount)
        if let step = response.bytesPerSecond {
            for start in stride(from: 0, to: sent.count, by: max(1, step / 10)) {
                guard send(connection, Array(sent[start...].prefix(max(1, step / 10)))) else {
                    break
                }
                usleep(100_000)
            }
        } else {
            send(connection, Array(sent))
        }
        switch response.ending {
        case .close: shutdown(connection, Int32(SHUT_WR))
        case .reset:
            var now = linger(l_onoff: 1, l_linger: 0)
            unsafe setsockopt(
                connection, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
            return false
        case .open: return true
        case .stall: break
        }
        // Until the client has closed too: closing with unread bytes would be a reset.
        var rest = [UInt8](repeating: 0, count: 4096)
        while unsafe recv(connection, &rest, rest.count, 0) > 0 {}
        return false
    }

    private static func readBody(_ connection: Int32, _ headers: [String: String]) -> [UInt8] {
        guard let count = headers["content-length"].flatMap({ Int($0) }), count > 0 else {
            return []
        }
        if headers["expect"]?.lowercased() == "100-continue" {
            send(connection, Array("HTTP/1.1 100 Continue\r\n\r\n".utf8))
        }
        var body: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while body.count < count {
            let got = unsafe recv(connection, &piece, min(piece.count, count - body.count), 0)
            guard got > 0 else { break }
            body += piece[..<got]
        }
        return body
    }

    private static func readRequest(
        _ connection: Int32
    ) -> (String, String, [String: String])? {
        var text: [UInt8] = []
        var byte: UInt8 = 0
        while !text.suffix(4).elementsEqual([13, 10, 13, 10]) {
            guard text.count < 65_536, unsafe recv(connection, &byte, 1, 0) == 1 else { return nil }
            text.append(byte)
        }
        let lines = String(decoding: text, as: UTF8.self).split(separator: "\r\n")
        let words = lines.first?.split(separator: " ") ?? []
        guard words.count == 3 else { return nil }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] = String(
                line[line.index(after: colon)...].drop { $0 == " " })
        }
        return (String(words[0]), String(words[1]), headers)
    }

    /// Whether all was sent.
    @discardableResult
    private static func send(_ connection: Int32, _ bytes: [UInt8]) -> Bool {
        var offset = 0
        while offset < bytes.count {
            let sent = unsafe bytes[offset...].withUnsafeBytes {
                unsafe Glibc.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if sent < 0 && errno == EINTR { continue }
            guard sent > 0 else { return false }
            offset += sent
        }
        return true
    }
}

/// The test machine gives no loopback socket.
public struct LoopbackServerError: Error {
    /// The `errno`.
    public let code: Int32
}

private final class Body {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

/// Runs `body` in a thread of its own: the downloads under test block, and so would tasks that
/// share their few threads.
private func inThread(_ body: @escaping @Sendable () -> Void) {
    let box = unsafe Unmanaged.passRetained(Body(body))
    var thread = pthread_t()
    let code = unsafe pthread_create(
        &thread, nil,
        { context in
            if let context = unsafe context {
                unsafe Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
            }
            return nil
        }, box.toOpaque())
    if code == 0 { pthread_detach(thread) } else { unsafe box.release() }
}
