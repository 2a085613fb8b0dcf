package import ArgumentParser
import Giving
import NodeosStore
import Primitives
import SystemSupport

/// `publish`: this store for others to take from. Starts the server's program in its own place.
package struct PublishCommand: StoreCommand {
    /// Name and help.
    package static let configuration = CommandConfiguration(
        commandName: "publish",
        abstract: "Let others take from this store by HTTP.",
        discussion: """
            A binary cache for nodeos-store and Nix (narinfos, signed with --sign; NARs, packed when \
            somebody wants them), downloads by their hashes (for --source-mirror), build logs, \
            listings, and manifests for 'audit compare'. Only valid paths are given; nothing is \
            built. What is being sent is not collected.

            Examples:
              nodeos-store publish --listen 127.0.0.1:8080 --sign cache.secret
              nodeos-store publish --listen [::]:443 --tls-certificate cert.pem --tls-key key.pem
              nodeos-store publish --listen unix:/run/nodeos-publish/socket
            """)

    @OptionGroup(title: "Store")
    var store: StoreOptions

    @Option(
        help: ArgumentHelp(
            "Where to listen: HOST:PORT, [IPV6]:PORT or unix:PATH. Port 0 is any.",
            valueName: "address"))
    var listen = "127.0.0.1:8080"

    @Option(
        help: ArgumentHelp("Sign what is told with the secret key in <file>.", valueName: "file"),
        completion: .file())
    var sign: String?

    @OptionGroup
    var compressing: CompressionOptions

    @Option(
        help: ArgumentHelp(
            "Keep packed NARs in <dir>, which nothing else may use.",
            discussion: "Else nodeos/publish in XDG_CACHE_HOME.", valueName: "dir"),
        completion: .directory)
    var cache: String?

    @Option(
        help: ArgumentHelp("Keep so much of them, those used last; else 4G.", valueName: "size"))
    var cacheSize: SizeArgument?

    @Option(
        help: ArgumentHelp(
            "Answer those who show a token that stands in <file>, one a line.",
            discussion: "As a bearer's token, or as the password of any name.", valueName: "file"),
        completion: .file())
    var tokenFile: String?

    @Option(
        help: ArgumentHelp("The certificates for TLS, in PEM.", valueName: "file"),
        completion: .file())
    var tlsCertificate: String?

    @Option(
        help: ArgumentHelp("The key of the first of them, in PEM.", valueName: "file"),
        completion: .file())
    var tlsKey: String?

    @Option(help: ArgumentHelp("How many connections may be open at once.", valueName: "n"))
    var maxConnections = 512

    @Option(
        help: ArgumentHelp(
            "How many NARs are packed at once; as a rule as many as there are processors.",
            valueName: "n"))
    var jobs: Int?

    @Option(
        help: ArgumentHelp(
            "How long what is being sent may go on when the server is stopped; else 30s.",
            valueName: "time"))
    var grace: AgeArgument?

    /// The command without arguments.
    package init() {}

    /// Refuses what the server could not use.
    package func validate() throws {
        guard (tlsCertificate == nil) == (tlsKey == nil) else {
            throw ValidationError("--tls-certificate and --tls-key go together.")
        }
        guard (1...1_000_000).contains(maxConnections) else {
            throw ValidationError("--max-connections must be 1 to 1000000.")
        }
        if let jobs, !(1...1024).contains(jobs) {
            throw ValidationError("--jobs must be 1 to 1024.")
        }
        guard Self.isAddress(listen) else {
            throw ValidationError(
                "--listen must be HOST:PORT, [IPV6]:PORT or unix:PATH, not '\(listen)'.")
        }
    }

    private static func isAddress(_ text: String) -> Bool {
        if text.hasPrefix("unix:") { return text.utf8.count > "unix:".utf8.count }
        guard let colon = text.lastIndex(of: ":"), colon > text.startIndex else { return false }
        let host = text[..<colon]
        return UInt16(text[text.index(after: colon)...]) != nil
            && (!host.contains(":") || host.hasPrefix("[") && host.hasSuffix("]"))
    }

    /// Starts the server.
    package func run(in context: CommandContext) async throws {
        let arguments = try arguments(context)
        guard let program = ServerProgram.path(context) else {
            throw StoreCommandsError.notFound(
                "'\(ServerProgram.name)', the server of 'publish', is not installed: 'make server' in "
                    + "the sources builds it, 'make install' installs it with the rest")
        }
        // Many threads hold memory for a moment each: few places to take it from keep little of it back.
        let environment = ["MALLOC_ARENA_MAX": "2"].merging(context.environment) { $1 }
        throw HostProgram.replaceProcess(
            with: program, arguments: arguments, environment: environment)
    }

    /// What the server is told: all of it, in one form.
    private func arguments(_ context: CommandContext) throws -> [String] {
        // Refused here and not by the server: no store, another's store.
        let layout = try store.session(context).layout
        var arguments = [
            "--listen", listen, "--store-dir", "\(layout.storeDirectory)", "--state-dir",
            layout.stateDirectory, "--compression", compressing.packing.compression.rawValue,
            "--cache",
            try cacheDirectory(context), "--cache-size", "\(cacheSize?.bytes ?? 4_000_000_000)",
            "--max-connections", "\(maxConnections)", "--workers",
            "\(try jobs ?? Processors.workers())", "--grace", "\(grace?.seconds ?? 30)", "--tool",
            AuditManifestCommand.tool,
        ]
        func add(_ name: String, _ value: String?) {
            if let value { arguments += [name, value] }
        }
        add("--root", layout.root)
        add("--compression-level", compressing.compressionLevel.map(String.init))
        for (name, file) in [
            ("--sign", sign), ("--token-file", tokenFile), ("--tls-certificate", tlsCertificate),
            ("--tls-key", tlsKey),
        ] {
            add(name, file.map { context.absolute($0) })
        }
        if let sign { _ = try KeyFile.secret(at: context.absolute(sign)) }
        if let tokenFile { try PrivateFile.require(context.absolute(tokenFile)) }
        return arguments
    }

    private func cacheDirectory(_ context: CommandContext) throws -> String {
        if let cache { return context.absolute(cache) }
        if let base = context.variable("XDG_CACHE_HOME")
            ?? context.variable("HOME").map({ $0 + "/.cache" })
        {
            return context.absolute(base) + "/nodeos/publish"
        }
        throw StoreCommandsError.badArgument(
            "publish", reason: "without HOME, --cache must say where packed NARs are kept")
    }
}

/// The server's program: beside this one, where `make install` puts it, or in the `PATH`.
private enum ServerProgram {
    static let name = "nodeos-store-publish"

    static func path(_ context: CommandContext) -> String? {
        let places = HostProgram.ownDirectory.map {
            ["\($0)/\(name)", "\($0)/../lib/nodeos-store/\(name)"]
        }
        for place in places ?? [] {
            // With a slash, it is looked at where it is.
            if HostProgram.isExecutable(place) { return place }
        }
        return HostProgram.path(of: name, environment: context.environment)
    }
}
