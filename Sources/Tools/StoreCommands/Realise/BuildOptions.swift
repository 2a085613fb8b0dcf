import ArgumentParser
import Glibc
import LocalStore
import NodeosStore
import Realisation
import Recipes
import StoreModel
import Substitutes
import SystemSupport

/// How to build and fetch: the options shared by commands that realise.
package struct BuildOptions: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "How many builds run at once.", discussion: "Environment: NODEOS_JOBS; else 2.",
            valueName: "n"))
    var jobs: Int?

    @Option(
        help: ArgumentHelp(
            "How many cores a builder may use (NIX_BUILD_CORES); 0 means all.",
            discussion: "Environment: NODEOS_CORES; else 0.", valueName: "n"))
    var cores: Int?

    @Option(
        help: ArgumentHelp(
            "How many downloads run at once, and how many from binary caches.",
            discussion: "Environment: NODEOS_DOWNLOADS; else 6.", valueName: "n"))
    var downloads: Int?

    @Flag(name: [.customShort("k"), .long], help: "Go on with what does not need what failed.")
    var keepGoing = false

    @Flag(
        name: [.customShort("K"), .long],
        help: "Keep the build directory of a failed build, and trees that should be the same.")
    var keepFailed = false

    @Flag(
        help: ArgumentHelp(
            "When a build fails, open a shell where it failed, on this terminal.",
            discussion: """
                In the same sandbox and build directory; nothing is registered. Afterwards the \
                failure is reported as usual. See also 'shell'.
                """))
    var debugShell = false

    @Option(
        help: ArgumentHelp(
            "Build everything <n> times and register it only if all builds are the same.",
            discussion: "With --check, how often to build again.", valueName: "n"))
    var rounds: Int = 1

    @Flag(
        help: ArgumentHelp(
            "Fail at once what failed when it was built here last; see 'failures'.",
            discussion: "What a hash fixes, and what ran too long, is tried again."))
    var cacheFailures = false

    @Option(
        help: ArgumentHelp(
            "Delete what no root reaches when less than <size> is free meanwhile.",
            discussion: """
                As 'gc' does, which does not take what this run uses. Environment: NODEOS_MIN_FREE.
                """, valueName: "size"))
    var minFree: SizeArgument?

    @Option(
        help: ArgumentHelp(
            "With --min-free: stop deleting when <size> is free.",
            discussion: "Environment: NODEOS_MAX_FREE.", valueName: "size"))
    var maxFree: SizeArgument?

    @Option(
        help: ArgumentHelp(
            "Run <program> FIRST SECOND DRV BUILD-DIRECTORY on trees that should be the same.",
            discussion: "What it prints is shown; its exit status is ignored.",
            valueName: "program"))
    var diffHook: String?

    @Option(help: ArgumentHelp("Stop builders that run longer.", valueName: "seconds"))
    var timeout: Double?

    @Option(
        help: ArgumentHelp("Stop builders that print nothing for longer.", valueName: "seconds"))
    var maxSilentTime: Double?

    @Option(help: ArgumentHelp("Stop builders that print more.", valueName: "bytes"))
    var maxLogSize: UInt64?

    @Option(
        help: ArgumentHelp(
            "How many processes and threads a build may have at one time; 0 means any number.",
            discussion: """
                Environment: NODEOS_MAX_PROCESSES; else \(RealisationOptions.usualMaxProcesses). \
                'doctor' says whether this machine can keep root's builds to it.
                """, valueName: "n"))
    var maxProcesses: Int?

    @Option(
        help: ArgumentHelp(
            "Where mirror://NAME/ leads, before all others; repeatable.", valueName: "name=url"))
    var mirror: [String] = []

    @Option(
        help: ArgumentHelp(
            "Where to look for downloads by hash, laid out <algorithm>/<hash>; repeatable.",
            valueName: "url-or-directory"))
    var sourceMirror: [String] = []

    @Option(
        help: ArgumentHelp(
            "A file with names and passwords for the hosts of downloads and caches, as curl reads it.",
            discussion: "Environment: NETRC. No other file is looked for.", valueName: "file"),
        completion: .file())
    var netrc: String?

    @Flag(
        help: ArgumentHelp(
            "Take downloads that are there as they are, whatever URLs they are named with.",
            discussion: """
                Otherwise one that was fetched for other URLs is fetched again from these, and the \
                bytes are compared, so that a hash that was forgotten beside a new URL is noticed.
                """))
    var assumeFixed = false

    @Option(
        help: ArgumentHelp(
            "Show this static shell of the machine to builders that are '/bin/sh'.",
            discussion: "Off by default: such a build depends on the machine.", valueName: "file"))
    var sandboxShell: String?

    @Option(help: "How progress is shown: bar, plain, raw (with builders' lines) or json.")
    var logFormat: LogFormat?

    /// The defaults.
    package init() {}

    /// More than 30 years.
    private static let longestTime = 1e9
    /// More at a time than any machine runs.
    private static let mostAtOnce = 100_000

    /// Refuses numbers that mean nothing.
    package func validate() throws {
        for (name, value) in [("jobs", jobs), ("downloads", downloads), ("rounds", rounds)]
        where (value ?? 1) < 1 {
            throw ValidationError("--\(name) must be at least 1, not \(value ?? 0).")
        }
        if let maxProcesses, !RealisationOptions.isProcessLimit(maxProcesses) {
            throw ValidationError(
                "--max-processes \(RealisationOptions.processLimitRule), not \(maxProcesses).")
        }
        for (name, value) in [("jobs", jobs), ("downloads", downloads)]
        where (value ?? 1) > Self.mostAtOnce {
            throw ValidationError(
                "--\(name) must be at most \(Self.mostAtOnce), not \(value ?? 0).")
        }
        if let maxFree, maxFree.bytes < minFree?.bytes ?? .max {
            throw ValidationError("--max-free needs a --min-free that is not larger.")
        }
        guard (cores ?? 0) >= 0 else { throw ValidationError("--cores must not be negative.") }
        for (name, value) in [("timeout", timeout), ("max-silent-time", maxSilentTime)] {
            // Also what is no number at all compares as neither.
            guard let value, !(value > 0 && value <= Self.longestTime) else { continue }
            throw ValidationError(
                "--\(name) must be more than 0, and at most \(Int(Self.longestTime)) seconds.")
        }
    }
}

extension LogFormat: ExpressibleByArgument {}

extension BuildOptions {
    /// A display for standard error, in the format asked for or the one that fits what is there.
    func display(_ context: CommandContext) -> ProgressDisplay {
        // A dumb terminal cannot move its cursor.
        let canDraw = context.errorOutput.isTerminal && context.variable("TERM") != "dumb"
        return ProgressDisplay(
            output: context.errorOutput, format: logFormat ?? (canDraw ? .bar : .plain),
            jobs: jobs(context), saysReasons: keepGoing)
    }

    /// A session with `store` that works as these options say and tells `display` what happens.
    ///
    /// - Parameter caches: what may be taken instead of built.
    func session(
        _ store: LocalStore, _ context: CommandContext, _ display: ProgressDisplay,
        _ caches: CacheOptions? = nil
    ) throws -> StoreSession {
        var configuration = StoreSession.Configuration(layout: store.layout)
        configuration.options = try options(context)
        configuration.mirrors = try mirrors(context)
        configuration.builtins = try .running()
        configuration.environment = context.environment
        configuration.clock = context.now
        configuration.onEvent = { display.handle($0) }
        try caches?.name(in: &configuration, context)
        return StoreSession(store, configuration)
    }

    /// A realiser for `store` that tells `display` what happens.
    func realiser(
        _ store: LocalStore, _ context: CommandContext, _ display: ProgressDisplay
    ) throws -> Realiser {
        try session(store, context, display).realiser()
    }

    /// How many builds run at once.
    func jobs(_ context: CommandContext) -> Int { jobs ?? context.number("NODEOS_JOBS") ?? 2 }

    /// How many cores a builder may use.
    func cores(_ context: CommandContext) -> Int {
        let cores = cores ?? context.number("NODEOS_CORES") ?? 0
        return cores > 0 ? cores : Processors.count
    }

    private func options(_ context: CommandContext) throws -> RealisationOptions {
        var options = RealisationOptions()
        options.jobs = jobs(context)
        options.typicalSeconds = PackageGraph.typicalSeconds
        options.cores = cores(context)
        options.variesCores = (cores ?? context.number("NODEOS_CORES") ?? 0) == 0
        options.rounds = rounds
        options.diffHook = diffHook.map { $0.utf8.contains(0x2f) ? context.absolute($0) : $0 }
        options.downloads = downloads ?? context.number("NODEOS_DOWNLOADS") ?? 6
        options.keepGoing = keepGoing
        options.keepFailed = keepFailed
        options.assumesFixed = assumeFixed
        options.debugShell = debugShell && context.hasTerminal
        options.timeout = timeout
        options.maxSilentTime = maxSilentTime
        options.maxLogSize = maxLogSize
        options.cachesFailures = cacheFailures
        options.minFree = minFree?.bytes ?? context.size("NODEOS_MIN_FREE")
        options.maxFree = maxFree?.bytes ?? context.size("NODEOS_MAX_FREE")
        if let most = options.maxFree, most < options.minFree ?? .max {
            throw StoreCommandsError.badArgument(
                "max-free", reason: "it needs a min-free that is not larger")
        }
        options.maxProcesses = try processLimit(context)
        options.sandboxShell = sandboxShell.map(context.absolute)
        options.netrcFile = try NetrcFile.path(netrc, context)
        return options
    }

    /// The most processes of a build: option, environment, the usual; `nil` for no limit.
    private func processLimit(_ context: CommandContext) throws -> Int? {
        let name = "NODEOS_MAX_PROCESSES"
        var limit = maxProcesses ?? RealisationOptions.usualMaxProcesses
        if maxProcesses == nil, let text = context.variable(name) {
            guard let number = Int(text), RealisationOptions.isProcessLimit(number) else {
                throw StoreCommandsError.badArgument(
                    "\(name)=\(text)", reason: "it \(RealisationOptions.processLimitRule)")
            }
            limit = number
        }
        return limit == 0 ? nil : limit
    }

    /// Runs `plan` with progress on standard error; signals stop it.
    func realise(
        _ plan: BuildPlan, in store: LocalStore, _ context: CommandContext
    ) async throws {
        try await withRealiser(for: store, context) { try await $0.realise(plan) }
    }

    /// Runs `body` with progress on standard error; signals stop it.
    func withRealiser<Value: Sendable>(
        for store: LocalStore, _ context: CommandContext,
        _ body: @escaping @Sendable (Realiser) async throws -> Value
    ) async throws -> Value {
        try await withSession(for: store, context) { try await body($0.realiser()) }
    }

    /// Runs `body` with a session that shows progress on standard error; signals stop it.
    ///
    /// - Parameter caches: what may be taken instead of built.
    func withSession<Value: Sendable>(
        for store: LocalStore, _ context: CommandContext, _ caches: CacheOptions? = nil,
        _ body: @escaping @Sendable (StoreSession) async throws -> Value
    ) async throws -> Value {
        // Without threads there are no tasks.
        _ = try Processors.workers()
        let display = display(context)
        if debugShell, !context.hasTerminal {
            try context.errorOutput.print(
                "no shell is opened when a build fails: input, output and error are not a terminal")
        }
        let session = try session(store, context, display, caches)
        return try await showing(display) { try await body(session) }
    }

    /// Runs `body` while `display` is kept moving; signals stop it.
    func showing<Value: Sendable>(
        _ display: ProgressDisplay, _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let ticker = Task { await display.tick() }
        defer {
            ticker.cancel()
            display.finish()
        }
        return try await Interruption.cancellingOnSignals(display: display) { try await body() }
    }

    /// The mirrors of this machine and run.
    func mirrors(_ context: CommandContext) throws -> MirrorTable {
        try MirrorTable.machine(
            options: mirror, environment: context.environment,
            sourceMirrors: sourceMirror.map { $0.contains("://") ? $0 : context.absolute($0) },
            names: .init(mirror: "--mirror", sourceMirror: "--source-mirror"))
    }
}

/// How progress is shown (`--log-format`).
enum LogFormat: String, CaseIterable, Sendable {
    /// What runs now, redrawn in place; for terminals.
    case bar
    /// A line when something begins or ends.
    case plain
    /// As ``plain``, with every line that builders print.
    case raw
    /// One JSON object a line for each event.
    case json
}
