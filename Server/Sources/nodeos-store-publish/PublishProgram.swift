import ArgumentParser
import Glibc
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOCore
import NodeosStore
import ServiceLifecycle
import UnixSignals

/// What `nodeos-store publish` starts in its own place; it says there what the options mean.
@main struct PublishProgram: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "nodeos-store-publish",
        abstract: "The server of 'nodeos-store publish', which starts it.", version: "0.1.0")

    @Option var listen: ListenAddress
    @Option var root: String?
    @Option var storeDir: String?
    @Option var stateDir: String?
    @Option var sign: String?
    @Option(transform: Self.compression) var compression = PackingOptions.Compression.zstd
    @Option var compressionLevel: Int?
    @Option var cache: String
    @Option var cacheSize: UInt64
    @Option var tokenFile: String?
    @Option var tlsCertificate: String?
    @Option var tlsKey: String?
    @Option var maxConnections: Int
    @Option var workers: Int
    @Option var grace: Int
    @Option var tool: String

    func run() async throws {
        do { try await publish() } catch let error as IOError {
            let reason = unsafe String(cString: strerror(error.errnoCode))
            throw Self.failure("cannot listen at '\(listen.text)': \(reason)")
        } catch let error as StoreError {
            var text = "\(error.underlying)"
            if case PublishingError.folderInUse = error.underlying { text += " (--cache)" }
            throw Self.failure(text)
        } catch { throw Self.failure("\(error)") }
    }

    /// Tells why, as `nodeos-store` would.
    private static func failure(_ text: String) -> ExitCode {
        Files.printError("error: \(text)")
        return ExitCode(1)
    }

    private func publish() async throws {
        // Who goes away while it is written to is an error of that connection.
        signal(SIGPIPE, SIG_IGN)
        Self.allowFiles()
        let session = try StoreSession(sessionConfiguration())
        let key = try sign.map { try SecretKey(parsing: Files.text(of: $0)) }
        var options = PublishingOptions(packedDirectory: cache)
        options.key = key
        options.packing.compression = compression
        options.packing.level = compressionLevel
        options.packedLimit = cacheSize
        options.workers = workers
        options.temporaryDirectory = cache
        let counters = Counters()
        let site = Site(
            session: session, publisher: try session.publisher(options), key: key, tool: tool,
            tokens: try tokenFile.map { try Tokens(Files.text(of: $0), path: $0) },
            counters: counters)
        try await serve(site)
    }

    /// Connections and files, as many as the machine gives.
    private static func allowFiles() {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            return
        }
        limit.rlim_cur = limit.rlim_max
        // What is not given is missed when it is needed.
        _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    private static func compression(_ text: String) throws -> PackingOptions.Compression {
        guard let compression = PackingOptions.Compression(rawValue: text) else {
            throw ValidationError("'\(text)' is no compression.")
        }
        return compression
    }

    private func sessionConfiguration() throws -> StoreSession.Configuration {
        var settings: [String: String] = [:]
        settings["NODEOS_ROOT"] = root
        settings["NODEOS_STORE_DIR"] = storeDir
        settings["NODEOS_STATE_DIR"] = stateDir
        return try .machine(environment: settings, workingDirectory: "/")
    }

    private func serve(_ site: Site) async throws {
        LoggingSystem.bootstrap { _ in QuietLog() }
        let channel = HTTP1Channel.Configuration(
            additionalChannelHandlers: [StallGuard()], idleTimeout: .seconds(60),
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: 8192, maxHeaderListSize: 16_384, maxHeaderFieldCount: 64))
        var server = HTTPServerBuilder.http1(configuration: channel)
        let scheme = tlsCertificate == nil ? "http" : "https"
        if let tlsCertificate, let tlsKey {
            server = try .tls(
                server, tlsConfiguration: TLSFiles.configuration(tlsCertificate, key: tlsKey))
        }
        let grace = grace
        let application = Application(
            responder: site, server: server,
            configuration: ApplicationConfiguration(
                address: listen.bindAddress, serverName: "nodeos-store",
                availableConnectionsDelegate: MaximumAvailableConnections(maxConnections)),
            onServerRunning: { channel in await site.greet(listen.url(scheme, channel), grace) },
            logger: Logger(label: "nodeos-store"))
        var configuration = ServiceGroupConfiguration(
            services: [application], gracefulShutdownSignals: [.sigterm, .sigint],
            logger: Logger(label: "nodeos-store"))
        configuration.maximumGracefulShutdownDuration = .seconds(grace)
        do { try await ServiceGroup(configuration: configuration).run() } catch is CancellationError
        {
            // Who was still being served after the time of grace was cut off.
        }
    }
}

/// Logs errors of the server on standard error, and nothing else: requests are counted, not told.
private struct QuietLog: LogHandler {
    var logLevel = Logger.Level.error
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        Files.printError("nodeos-store publish: \(event.message)")
    }
}
