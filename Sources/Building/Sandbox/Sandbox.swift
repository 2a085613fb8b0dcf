import CKernel
import Glibc
import Primitives
import SystemSupport

/// Runs builds, each in namespaces of its own, by bubblewrap.
///
/// Holds what is the same for all builds (the program and the compiled system call filters); any number of
/// builds may run at once.
public struct Sandbox: Sendable {
    private let program: Bubblewrap
    private let filter: BuildFilter
    private let networkFilter: BuildFilter
    /// By what the number of a build's processes is limited here.
    let processLimit: ProcessLimit

    /// Finds bubblewrap and compiles the filters.
    ///
    /// - Parameter searchPath: directories separated by `:`, as in `PATH`.
    /// - Throws: `SandboxError.bubblewrapNotFound`, or what reading it or libseccomp says.
    public init(searchPath: String) throws(SandboxError) {
        program = try Bubblewrap(searchPath: searchPath)
        filter = try BuildFilter(network: .none)
        networkFilter = try BuildFilter(network: .host)
        processLimit = .current()
    }

    /// The bubblewrap program that is used.
    public var bubblewrapPath: String { program.path }

    /// Runs one build to its end.
    ///
    /// When it returns or throws, every process of the build is gone, and `request.hostStoreDirectory` holds
    /// what the builder made and no mount points. Cancelling the task stops the build. If this process dies,
    /// so does the build.
    ///
    /// - Parameters:
    ///   - request: what the builder sees, may do and is to make.
    ///   - log: gets the output as it comes, in chunks of at most 64 KiB, on another thread, one call at a
    ///     time. When it throws, the build is stopped and the error passed on.
    /// - Returns: how it ended; a builder that fails is no error.
    /// - Throws: `SandboxError` when the build could not be run as requested; what `log` threw.
    public func run(
        _ request: BuildRequest, log: @escaping @Sendable (Span<UInt8>) throws -> Void
    ) async throws -> BuildOutcome {
        try await onAnotherThread { cancellation in
            try run(request, until: cancellation, log: log)
        }
    }

    /// What `bwrap --version` says after its name; `nil` when it says something else.
    func bubblewrapVersion() async throws -> String? {
        try await onAnotherThread { cancellation in
            var descriptors = Descriptors()
            let input = try descriptors.open("/dev/null", O_RDONLY)
            var supervision = try Supervision(
                program, arguments: [Array("--version".utf8)], passing: [], input: input,
                limits: BuildRequest.Limits(wallClock: .seconds(10)))
            let end = try supervision.run(until: cancellation) { _ in }
            return String(decoding: end.beginning, as: UTF8.self).split(separator: "\n").first?
                .split(separator: " ").dropFirst().first.map(String.init)
        }
    }

    private func onAnotherThread<Result: Sendable>(
        _ body: @escaping @Sendable (Cancellation) throws -> Result
    ) async throws -> Result {
        let cancellation = try Cancellation()
        return try await withTaskCancellationHandler {
            do { return try await Blocking.run { try body(cancellation) } } catch let error
                as Blocking.NoThread
            {
                throw SandboxError.system(
                    operation: "create a thread", path: nil, errno: error.code)
            }
        } onCancel: {
            cancellation.cancel()
        }
    }

    private func run(
        _ request: BuildRequest, until cancellation: Cancellation,
        log: (Span<UInt8>) throws -> Void
    ) throws -> BuildOutcome {
        try request.validate()
        if request.kvm { try Self.checkKVM() }
        let startTime = Int64(time(nil))
        let clock = SuspendingClock()
        let start = clock.now
        let (end, exitStatus, missing) = try attempt(request, until: cancellation, log: log)
        let ending: BuildOutcome.Ending
        do { ending = try Self.ending(end, exitStatus, request) } catch {
            guard request.interaction == .terminal, case .setupFailed = error else { throw error }
            throw try reason(of: error, request, until: cancellation)
        }
        return BuildOutcome(
            ending: ending, startTime: startTime, stopTime: Int64(time(nil)),
            wallTime: start.duration(to: clock.now),
            userTime: .microseconds(end.report.user_microseconds),
            systemTime: .microseconds(end.report.system_microseconds),
            peakResidentBytes: UInt64(end.report.peak_resident_bytes), logBytes: end.logBytes,
            missingOutputs: missing)
    }

    /// Why a request failed whose words went to the caller's terminal: it is tried once more, with
    /// bubblewrap's words kept and no command that could begin.
    private func reason(
        of error: SandboxError, _ request: BuildRequest, until cancellation: Cancellation
    ) throws -> SandboxError {
        var trial = request
        trial.interaction = .logged
        trial.goesOn = true
        trial.command = "/"
        let (end, exitStatus, _) = try attempt(trial, until: cancellation) { _ in }
        do throws(SandboxError) { _ = try Self.ending(end, exitStatus, trial) } catch {
            guard case .commandNotExecutable = error else { return error }
            return .commandNotExecutable(
                request.command, message: "bubblewrap's words stand above")
        }
        return error
    }

    /// Makes the directory ready, runs the request and tidies up; returns also the exit status that bubblewrap
    /// reports and the outputs that are not there.
    private func attempt(
        _ request: BuildRequest, until cancellation: Cancellation,
        log: (Span<UInt8>) throws -> Void
    ) throws -> (Supervision.End, exitStatus: Int32?, missing: [String]) {
        let directory = try BuildDirectory.prepare(request)
        let end: Supervision.End
        let exitStatus: Int32?
        do {
            (end, exitStatus) = try supervise(request, directory, until: cancellation, log: log)
        } catch {
            _ = try? directory.tidy()
            throw error
        }
        return (end, exitStatus, try directory.tidy())
    }

    /// Starts bubblewrap and waits; returns also the exit status it reports for the builder, `nil` when it
    /// never came to start one.
    private func supervise(
        _ request: BuildRequest, _ directory: borrowing BuildDirectory,
        until cancellation: Cancellation, log: (Span<UInt8>) throws -> Void
    ) throws -> (Supervision.End, Int32?) {
        let filter = request.network == .none ? filter : networkFilter
        var descriptors = Descriptors()
        let status = try descriptors.pipe()
        let files = BubblewrapArguments.Files(
            status: status.writing,
            filters: [
                try descriptors.file("rules", holding: filter.rules),
                try descriptors.file("ceiling", holding: filter.ceiling),
            ],
            passwd: try descriptors.file("passwd", holding: Array(BubblewrapArguments.passwd.utf8)),
            group: try descriptors.file("group", holding: Array(BubblewrapArguments.group.utf8)),
            hosts: request.network == .host
                ? nil
                : try descriptors.file("hosts", holding: Array(BubblewrapArguments.hosts.utf8)))
        let mounts = InputMounts(directory.binds, of: request)
        let arguments = try BubblewrapArguments(
            request, directory, files, inputs: mounts.byBubblewrap)
        let argumentFile = try descriptors.file("arguments", holding: arguments.bytes)
        var input: Int32?
        if request.interaction == .logged {
            input = try descriptors.open(directory.nullDevice, O_RDONLY)
        }
        let passed = files.all + [argumentFile]
        let group = try processGroup(request.limits)
        var supervision = try Supervision(
            program,
            arguments: [Array("--args".utf8), Array("\(argumentFile)".utf8), Array("--".utf8)]
                + [request.command.bytes] + request.arguments.map(\.bytes),
            passing: passed, input: input, mounts: mounts.before,
            group: group.map { ($0.path, $0.members) }, limits: request.limits,
            conditions: request.conditions, is32Bit: request.is32Bit)
        for file in passed { descriptors.close(file) }
        let end = try supervision.run(until: cancellation, log: log)
        withExtendedLifetime(group) {}
        if request.interaction == .terminal { Terminal.takeBack() }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = try SystemCall.read(status.reading, into: &buffer) ?? 0
        return (end, BubblewrapStatus.exitStatus(in: buffer.prefix(count)))
    }

    /// The group of a build whose processes are limited, where such a group can be had.
    private func processGroup(
        _ limits: BuildRequest.Limits
    ) throws(SandboxError) -> ProcessGroup? {
        guard let processes = limits.processes, case .controlGroup(let parent) = processLimit else {
            return nil
        }
        return try ProcessGroup(in: parent, processes: processes)
    }

    private static func ending(
        _ end: Supervision.End, _ exitStatus: Int32?, _ request: BuildRequest
    ) throws(SandboxError) -> BuildOutcome.Ending {
        if let stopped = end.stopped { return stopped }
        guard end.report.mount_error == 0 else {
            throw .inputsNotMounted(count: request.inputs.count, errno: end.report.mount_error)
        }
        guard end.report.error == 0 else {
            throw .system(operation: "execute", path: "bwrap", errno: end.report.error)
        }
        guard let exitStatus else {
            // bubblewrap itself was killed, for want of memory for example, and the builder with it.
            let signal = nodeos_ending_signal(end.report.wait_status)
            if signal != 0 { return .signalled(signal) }
            throw BubblewrapStatus.failure(
                String(decoding: end.beginning, as: UTF8.self), command: request.command)
        }
        return (129...192).contains(exitStatus)
            ? .signalled(exitStatus - 128) : .exited(exitStatus)
    }

    private static func checkKVM() throws(SandboxError) {
        guard unsafe access("/dev/kvm", R_OK | W_OK) == 0 else {
            throw .kvmUnavailable(reason: systemMessage(errno))
        }
    }
}
