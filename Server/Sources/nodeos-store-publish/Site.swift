import Foundation
import Hummingbird
import NIOCore
import NodeosStore

/// Answers every request: what is asked for by which path, and who may ask.
struct Site: HTTPResponder {
    typealias Context = SiteContext

    let session: StoreSession
    let publisher: StorePublisher
    let key: SecretKey?
    /// The program and its version, for manifests.
    let tool: String
    /// `nil`: everybody may read.
    let tokens: Tokens?
    let counters: Counters

    /// The kinds of things that are asked for, as they are counted.
    enum Kind: String {
        case page, info, narinfo, listing, nar, log, file, manifest, metrics, other
    }

    func respond(to request: Request, context: Context) async throws -> Response {
        let names = request.uri.path.split(separator: "/").map(String.init)
        var (kind, response) = await answer(request, names, context.channel)
        response.headers[.xContentTypeOptions] = "nosniff"
        counters.count(kind.rawValue, status: response.status.code)
        if request.method == .head { response = response.createHeadResponse() }
        return response
    }

    private func answer(
        _ request: Request, _ names: [String], _ channel: any Channel
    ) async -> (Kind, Response) {
        guard request.method == .get || request.method == .head else {
            return (
                .other,
                Self.refusal(
                    .methodNotAllowed, "only GET and HEAD are answered here",
                    [.allow: "GET, HEAD"])
            )
        }
        if let tokens, !tokens.admit(request.headers[.authorization]) {
            return (
                .other,
                Self.refusal(
                    .unauthorized, "a token is needed",
                    [.wwwAuthenticate: "Basic realm=\"nodeos-store\""])
            )
        }
        let decoded = names.compactMap(\.removingPercentEncoding)
        // What is no text names nothing.
        let kind = decoded.count == names.count ? Self.kind(of: decoded) : .other
        do {
            guard let response = try await answer(kind, decoded, request, channel) else {
                return (kind, Self.refusal(.notFound, "not here"))
            }
            return (kind, response)
        } catch {
            return (kind, Self.failure(error))
        }
    }

    private static func kind(of names: [String]) -> Kind {
        switch (names.first, names.count) {
        case (nil, _): .page
        case ("nix-cache-info", 1): .info
        case ("metrics", 1): .metrics
        case ("nar", 2): .nar
        case ("log", 2): .log
        case ("file", 4): .file
        case ("manifest", 2), ("manifest.json", 1): .manifest
        case (let name?, 1) where name.hasSuffix(".narinfo"): .narinfo
        case (let name?, 1) where name.hasSuffix(".ls"): .listing
        default: .other
        }
    }

    /// - Returns: `nil` for what is not here.
    private func answer(
        _ kind: Kind, _ names: [String], _ request: Request, _ channel: any Channel
    ) async throws -> Response? {
        switch kind {
        case .page:
            return Bytes(Array(try await page().utf8), "text/html; charset=utf-8")
                .response(to: request, [.contentSecurityPolicy: FrontPage.policy])
        case .info:
            return Bytes(Array(publisher.cacheInfo.utf8), "text/x-nix-cache-info")
                .response(to: request)
        case .narinfo:
            let hashPart = names[0].dropLast(".narinfo".count)
            return try await publisher.narInfo(hashPart: String(hashPart)).map {
                Bytes($0, "text/x-nix-narinfo").response(to: request)
            }
        case .listing:
            let hashPart = names[0].dropLast(".ls".count)
            return try await publisher.listing(hashPart: String(hashPart)).map {
                Bytes($0, "application/json").response(to: request)
            }
        case .nar:
            // Who only wants to know whether it is there gets it packed as little as possible.
            guard request.method == .get else {
                return try await publisher.hasNAR(named: names[1])
                    ? Response(
                        status: .ok, headers: [.contentType: "application/x-nix-nar"],
                        body: ResponseBody { try await $0.finish(nil) }) : nil
            }
            return try await publisher.nar(named: names[1]).asyncMap {
                try await transfer($0, "application/x-nix-nar", isForever: true)
                    .response(to: request, on: channel)
            }
        case .log:
            return try await publisher.log(named: names[1]).asyncMap {
                try await transfer($0, "text/plain; charset=utf-8")
                    .response(to: request, on: channel)
            }
        case .file:
            // Neither an algorithm nor a hash: no file has it.
            guard let algorithm = HashAlgorithm(rawValue: names[2]),
                let digest = try? Digest(parsing: names[3], algorithm: algorithm)
            else { return nil }
            return try await publisher.file(named: names[1], digest: digest).asyncMap {
                try await transfer($0, "application/octet-stream", isForever: true)
                    .response(to: request, on: channel)
            }
        case .manifest:
            var path: StorePath?
            if names.count > 1 {
                guard names[1].hasSuffix(".json") else { return nil }
                path = try await publisher.path(
                    hashPart: String(names[1].dropLast(".json".count)))
                guard path != nil else { return nil }
            }
            let text = try await publisher.limited { [session, tool, key, path] in
                try await session.manifestText(of: path, tool: tool, signing: key)
            }
            return Bytes(text, "application/json").response(to: request)
        case .metrics:
            return Bytes(
                Array(counters.text(packed: publisher.packedUsage).utf8),
                "text/plain; version=0.0.4"
            ).response(to: request)
        case .other: return nil
        }
    }

    private func transfer(
        _ file: PublishedFile, _ type: String, isForever: Bool = false
    ) -> Transfer {
        Transfer(file: file, type: type, isForever: isForever, counters: counters)
    }

    private func page() async throws -> String {
        FrontPage(
            store: session.storeDirectory, key: key?.publicKey,
            count: try await session.validPathCount()
        ).html
    }

    /// Tells who started the server where it can be asked.
    func greet(_ url: String, _ grace: Int) async {
        // What cannot be counted now will be an error for who asks.
        let count = (try? await session.validPathCount()).map { "\($0) paths" } ?? "the store"
        let signed = key.map { "signed by \($0.publicKey)" } ?? "not signed (--sign KEY)"
        let readers = tokens == nil ? "" : "; readers must show a token"
        Files.printError("publishing \(count) at \(url), \(signed)\(readers)")
        Files.printError("Ctrl-C stops it; what is being sent then has \(grace) s to its end")
    }

    // MARK: What is not given

    static func refusal(
        _ status: HTTPResponse.Status, _ text: String, _ headers: HTTPFields = [:]
    ) -> Response {
        var headers = headers
        headers[.contentType] = "text/plain; charset=utf-8"
        return Response(
            status: status, headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(string: "\(text)\n")))
    }

    /// What went wrong is for who runs the server: nobody else is told the paths of this machine.
    private static func failure(_ error: any Error) -> Response {
        let error = (error as? StoreError)?.underlying ?? error
        switch error {
        case PublishingError.busy:
            return refusal(
                .serviceUnavailable, "\(PublishingError.busy)", [.retryAfter: "5"])
        case let error as PublishingError: return refusal(.notFound, "\(error)")
        default:
            Files.printError("nodeos-store publish: \(error)")
            return refusal(.internalServerError, "something went wrong; the server's log says what")
        }
    }
}

/// A request's surroundings: the connection, too.
struct SiteContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }
}

extension Optional where Wrapped: Sendable {
    fileprivate func asyncMap<Value: Sendable>(
        _ body: (Wrapped) async throws -> Value
    ) async rethrows -> Value? {
        guard let value = self else { return nil }
        return try await body(value)
    }
}
