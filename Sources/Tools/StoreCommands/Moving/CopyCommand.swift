package import ArgumentParser
import Giving
import LocalStore
import NodeosStore
import Primitives
import Realisation
import StoreDatabase
import StoreModel
import Substitutes
import SystemSupport

/// `copy`: closures to and from other stores and binary caches.
package struct CopyCommand: StoreCommand {
    /// Name and help.
    package static let configuration = CommandConfiguration(
        commandName: "copy",
        abstract: "Copy paths and all they refer to, to or from a store or a binary cache.",
        discussion: """
            The other place is a directory (the store under another --root) or a binary cache: \
            file:///DIR, http:// and https:// (by PUT), s3://BUCKET/FOLDER?region=R&endpoint=E; or a store \
            on another machine: ssh://[USER@]HOST[:PORT][?root=DIR&program=FILE]. Only what is missing there is copied, what is referred to before what refers to it; an interrupted copy \
            goes on where it was. Everything is hashed on its way, and a path that was altered is \
            refused. What is there already gets the signatures that it has here. Prints what was copied.

            From a cache, what its name proves is taken, and what is signed with a --trusted-key.

            Examples:
              nodeos-store copy --to /mnt/disk ./result
              nodeos-store copy --from /mnt/disk /nodeos/store/2j4s87fjdzwlixi17230c3kgxihm6g6m-x
              nodeos-store copy --to file:///srv/cache --sign cache.secret ./result
              nodeos-store copy --to ssh://builder.example ./result
              nodeos-store copy --from https://cache.example --trusted-key cache.pub /nodeos/store/…-x
            """)

    @OptionGroup(title: "Store")
    var store: StoreOptions
    @OptionGroup
    var output: OutputOptions

    @Option(
        help: ArgumentHelp(
            "Copy to the store under a directory, to a cache, or to another machine.",
            valueName: "place"),
        completion: .directory, transform: CopyPlace.parse)
    var to: CopyPlace?
    @Option(
        help: ArgumentHelp(
            "Copy from the store under a directory, from a cache, or from another machine.",
            valueName: "place"),
        completion: .directory, transform: CopyPlace.parse)
    var from: CopyPlace?

    @OptionGroup(title: "To a binary cache")
    var giving: GivingOptions

    @Option(
        name: .customLong("trusted-key"),
        help: ArgumentHelp(
            "From a cache: take what is signed with this public key (NAME:BASE64, or a file of keys).",
            discussion: "Repeatable. Environment: NODEOS_TRUSTED_KEYS.", valueName: "key"))
    var trustedKeys: [String] = []

    @Flag(help: "From a cache: take what nobody signed.")
    var noCheckSigs = false

    @Option(
        help: ArgumentHelp(
            "A file with names and passwords for the hosts of caches, as curl reads it.",
            discussion: "Environment: NETRC. No other file is looked for.", valueName: "file"),
        completion: .file())
    var netrc: String?

    @Argument(help: "The paths to copy, with their closures.", completion: .recipesOrFiles)
    var paths: [String]

    /// The command without arguments.
    package init() {}

    /// There is one other place, and options are for it.
    package func validate() throws {
        if (to == nil) == (from == nil) {
            throw ValidationError("say --to PLACE or --from PLACE, one of them")
        }
        if case .unusable(let reason)? = to ?? from { throw ValidationError(reason) }
        if giving.areGiven {
            guard case .cache? = to ?? (giving.isOnlyToken ? from : nil) else {
                throw ValidationError(
                    "--sign, --compression and --compression-level are for --to a binary cache, "
                        + "--token-file is for binary caches")
            }
        }
        if !trustedKeys.isEmpty || noCheckSigs {
            guard case .cache? = from else {
                throw ValidationError(
                    "--trusted-key and --no-check-sigs are for --from a binary cache")
            }
        }
    }

    /// Copies.
    package func run(in context: CommandContext) async throws {
        let copied: [String] =
            switch (to, from) {
            case (.cache(let url)?, _): try await give(to: url, context)
            case (_, .cache(let url)?): try await take(from: url, context)
            case (.remote(let remote)?, _): try await give(to: remote, context)
            case (_, .remote(let remote)?): try await take(from: remote, context)
            case (.root(let root)?, _), (_, .root(let root)?): try copy(root, context)
            default: []
            }
        try output.print(PathsAnswer(paths: copied), to: context.output)
    }

    private func copy(_ root: String, _ context: CommandContext) throws -> [String] {
        let layout = try store.layout(context)
        let other = StoreLayout(
            storeDirectory: layout.storeDirectory, stateDirectory: layout.stateDirectory,
            root: try PlainPath.of(context.absolute(root)))
        let source = try StoreSession(.init(layout: to == nil ? other : layout))
        let paths = try StoreArgument(source.store, context, recipes: .outputs).paths(paths)
        let destination = try StoreSession(
            .init(layout: to == nil ? layout : other), access: .creating)
        return try source.copy(paths, to: destination).map(source.text(of:))
    }

    /// What a session with a cache takes from outside.
    private func configuration(_ context: CommandContext) throws -> StoreSession.Configuration {
        var configuration = StoreSession.Configuration(layout: try store.layout(context))
        configuration.environment = context.environment
        configuration.options.netrcFile = try NetrcFile.path(netrc, context)
        configuration.temporaryDirectory =
            context.variable("TMPDIR").map(context.absolute) ?? "/tmp"
        configuration.workers = try Processors.workers()
        configuration.clock = context.now
        return configuration
    }

    private func give(to url: String, _ context: CommandContext) async throws -> [String] {
        let address = try giving.address(url, context)
        let session = try StoreSession(configuration(context))
        let paths = try StoreArgument(session.store, context, recipes: .outputs).paths(paths)
        let display = GivingDisplay(context.errorOutput, url: address.url.description)
        defer { display.finish() }
        let (packing, key) = (giving.packing, try giving.key(context))
        return try await Interruption.cancellingOnSignals {
            try await session.give(paths, to: address, packing: packing, signing: key) {
                display.handle($0)
            }
        }.map(session.text(of:))
    }

    private func give(
        to remote: RemoteStore, _ context: CommandContext
    ) async throws -> [String] {
        let session = try StoreSession(configuration(context))
        let paths = try StoreArgument(session.store, context, recipes: .outputs).paths(paths)
        let display = GivingDisplay(context.errorOutput, url: remote.description)
        defer { display.finish() }
        return try await Interruption.cancellingOnSignals {
            try await remote.give(paths, of: session.store, environment: context.environment) {
                display.handle($0)
            }
        }.map(session.text(of:))
    }

    private func take(
        from remote: RemoteStore, _ context: CommandContext
    ) async throws -> [String] {
        let session = try StoreSession(configuration(context), access: .creating)
        let paths = try StoreArgument(session.store, context, recipes: .outputs).paths(paths)
        return try await Interruption.cancellingOnSignals {
            try await remote.take(paths, into: session.store, environment: context.environment)
        }.map(session.text(of:))
    }

    private func take(from url: String, _ context: CommandContext) async throws -> [String] {
        var configuration = try configuration(context)
        configuration.caches = [try giving.address(url, context)]
        configuration.alwaysAllowsSubstitutes = true
        if noCheckSigs {
            configuration.trust = .judged { _, _ in .accepted(nil) }
        } else {
            let texts =
                trustedKeys.isEmpty
                ? [context.variable("NODEOS_TRUSTED_KEYS")].compactMap { $0 } : trustedKeys
            configuration.trust = .keys(
                try texts.flatMap { try KeyFile.publicKeys($0, orIn: context.absolute($0)) },
                store: configuration.layout.storeDirectory)
        }
        let copied = CopiedPaths()
        let canDraw = context.errorOutput.isTerminal && context.variable("TERM") != "dumb"
        let display = ProgressDisplay(
            output: context.errorOutput, format: canDraw ? .bar : .plain, jobs: 1)
        configuration.onEvent = { event in
            if case .substitution(.finished(let path, _)) = event { copied.add(path) }
            display.handle(event)
        }
        let session = try StoreSession(configuration, access: .creating)
        let paths = try StoreArgument(session.store, context, recipes: .outputs).paths(paths)
        let ticker = Task { await display.tick() }
        defer {
            ticker.cancel()
            display.finish()
        }
        let missing = try await Interruption.cancellingOnSignals(display: display) {
            try await session.take(paths)
        }
        guard missing.isEmpty else {
            for path in missing {
                try context.errorOutput.print(
                    "'\(session.text(of: path))' was not taken from "
                        + "'\(configuration.caches[0].url)': it has not all of it, or nobody whose "
                        + "word counts signed it")
            }
            throw SilentExit(.failure)
        }
        return copied.paths.map(session.text(of:))
    }
}
