import Hummingbird
import NIOCore
import NodeosStore

/// An answer that is in memory.
struct Bytes {
    private let bytes: [UInt8]
    private let type: String

    init(_ bytes: [UInt8], _ type: String) {
        self.bytes = bytes
        self.type = type
    }

    func response(to request: Request, _ more: HTTPFields = [:]) -> Response {
        var headers = more
        headers[.contentType] = type
        let tag = "\"\(Digest.hash(bytes).nix32)\""
        headers[.eTag] = tag
        if Conditions(request).isKnown(tag) {
            return Response(status: .notModified, headers: headers)
        }
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}

/// An answer that is a file, in pieces.
struct Transfer {
    let file: PublishedFile
    let type: String
    /// Whether other bytes would have another URL.
    let isForever: Bool
    let counters: Counters

    private static let piece = 65_536

    func response(to request: Request, on channel: any Channel) async throws -> Response {
        var headers: HTTPFields = [.contentType: type]
        if isForever { headers[.cacheControl] = "public, max-age=31536000, immutable" }
        let conditions = Conditions(request)
        // A part needs the size: who wants one waits until there is one.
        if conditions.wantsPart { try await file.wholeness() }
        guard let size = file.size else {
            return Response(status: .ok, headers: headers, body: body(from: 0, count: nil, channel))
        }
        let tag = "\"\(file.tag)\""
        headers[.eTag] = tag
        headers[.acceptRanges] = "bytes"
        if conditions.isKnown(tag) { return Response(status: .notModified, headers: headers) }
        switch conditions.part(of: size, tag) {
        case .all:
            return Response(
                status: .ok, headers: headers, body: body(from: 0, count: size, channel))
        case .outside:
            headers[.contentRange] = "bytes */\(size)"
            return Response(status: .rangeNotSatisfiable, headers: headers)
        case .part(let range):
            headers[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)"
            return Response(
                status: .partialContent, headers: headers,
                body: body(
                    from: range.lowerBound, count: range.upperBound - range.lowerBound, channel))
        }
    }

    /// - Parameter count: `nil` as long as it is not known: then what breaks off lacks the last chunk.
    private func body(
        from start: UInt64, count: UInt64?, _ channel: any Channel
    ) -> ResponseBody {
        ResponseBody(contentLength: count.map { Int(clamping: $0) }) { [file, counters] writer in
            counters.beginTransfer()
            defer { counters.endTransfer() }
            var offset = start
            let end = count.map { start + $0 } ?? .max
            while offset < end {
                try Task.checkCancellation()
                let bytes = try await Self.bytes(
                    of: file, at: offset, count: min(UInt64(Self.piece), end - offset))
                if bytes.isEmpty {
                    guard count == nil else { throw ShortFile() }
                    break
                }
                try await writer.write(ByteBuffer(bytes: bytes))
                // What is written waits for the connection's loop, however much it is: one piece at a time.
                try await channel.eventLoop.submit {}.get()
                offset += UInt64(bytes.count)
                counters.sent(bytes.count)
            }
            try await writer.finish(nil)
        }
    }

    /// The next bytes; why there are none is for who runs the server.
    private static func bytes(
        of file: PublishedFile, at offset: UInt64, count: UInt64
    ) async throws -> [UInt8] {
        do { return try await file.bytes(at: offset, count: Int(clamping: count)) } catch {
            Files.printError("nodeos-store publish: \(error)")
            throw error
        }
    }

    private struct ShortFile: Error {}
}
