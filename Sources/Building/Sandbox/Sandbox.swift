import CKernel
import Glibc
import Primitives
import SystemSupport

/// Runs builds, each in namespaces of its own.
///
/// Holds what is the same for all builds (the process that starts others, and the compiled system call filters) and
/// what one build leaves for the next; any number of builds may run at once.
package struct Sandbox: Sendable {
    private let views: Views
    private let filter: BuildFilter
    private let networkFilter: BuildFilter
    /// By what the number of a build's processes is limited here.
    let processLimit: ProcessLimit

    /// Compiles the filters and starts the process that starts builds: best early, while this one is small.
    ///
    /// - Throws: what the kernel or libseccomp says.
    package init() throws(SandboxError) {
        filter = try BuildFilter(network: .none)
        networkFilter = try BuildFilter(network: .host)
        processLimit = .current()
        let groups: String? =
            if case .controlGroup(let parent) = processLimit { parent } else { nil }
        views = Views(try Spawner(groups: groups))
    }

    /// Lets go of what is kept for later builds: a file that is an input of one takes its space after it was
    /// removed.
    package func forgetInputs() { views.forget() }

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
    package func run(
        _ request: BuildRequest, log: @escaping @Sendable (Span<UInt8>) throws -> Void
    ) async throws -> BuildOutcome {
        try await onAnotherThread { cancellation in
            try run(request, until: cancellation, log: log)
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
        let directory = try BuildDirectory.prepare(request)
        let view = try views.take(for: request)
        let ending: BuildOutcome.Ending
        let end: Supervision.End
        do {
            try directory.open(in: view)
            let plan = ProcessPlan(
                request, directory, request.network == .none ? filter : networkFilter)
            end = try supervise(request, plan, in: view, until: cancellation, log: log)
            ending = try Self.ending(end, plan, request)
        } catch {
            // Another error came first.
            _ = try? directory.tidy(view)
            throw error
        }
        let (missing, isClean) = try directory.tidy(view)
        if isClean { views.giveBack(view, of: request) }
        return BuildOutcome(
            ending: ending, startTime: startTime, stopTime: Int64(time(nil)),
            wallTime: start.duration(to: clock.now),
            userTime: Self.duration(end.usage.ru_utime),
            systemTime: Self.duration(end.usage.ru_stime),
            peakResidentBytes: UInt64(end.usage.ru_maxrss) * 1024, logBytes: end.logBytes,
            missingOutputs: missing)
    }

    private static func duration(_ time: timeval) -> Duration {
        .seconds(Int64(time.tv_sec)) + .microseconds(Int64(time.tv_usec))
    }

    /// Starts the build and waits until nothing of it is left.
    private func supervise(
        _ request: BuildRequest, _ plan: ProcessPlan, in view: StoreView,
        until cancellation: Cancellation, log: (Span<UInt8>) throws -> Void
    ) throws -> Supervision.End {
        let group = try processGroup(request.limits)
        var supervision = try Supervision(
            plan.encoded(), in: view, inputCount: request.storeInputs.count,
            isLogged: request.interaction == .logged, members: group?.members,
            ownNetwork: request.network == .none, limits: request.limits)
        let end = try supervision.run(until: cancellation, log: log)
        withExtendedLifetime(group) {}
        if request.interaction == .terminal { Terminal.takeBack() }
        return end
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
        _ end: Supervision.End, _ plan: ProcessPlan, _ request: BuildRequest
    ) throws(SandboxError) -> BuildOutcome.Ending {
        if let stopped = end.stopped { return stopped }
        guard let report = end.report else {
            // Process 1 was killed, for want of memory for example, and the builder with it.
            let signal = nodeos_ending_signal(end.status)
            guard signal != 0 else { throw .processDied }
            return .signalled(signal)
        }
        let stage = nodeos_stage(rawValue: UInt32(report.stage))
        guard stage == nodeos_stage_builder else {
            throw failure(stage, report, plan, request)
        }
        let signal = nodeos_ending_signal(report.wait_status)
        return signal != 0 ? .signalled(signal) : .exited(report.wait_status >> 8 & 0xff)
    }

    private static func failure(
        _ stage: nodeos_stage, _ report: nodeos_build_report, _ plan: ProcessPlan,
        _ request: BuildRequest
    ) -> SandboxError {
        switch stage {
        case nodeos_stage_execute:
            return .commandNotExecutable(
                request.command, message: SandboxError.text(report.error))
        case nodeos_stage_input where request.storeInputs.indices.contains(Int(report.item)):
            let input = request.storeInputs[Int(report.item)]
            switch report.error {
            case ENOENT, ENOTDIR: return .missingInput(input.hostPath)
            case EMEDIUMTYPE: return .specialInput(input.hostPath)
            default:
                return .entryNotMade(
                    "\(request.storeDirectory)/\(input.name)",
                    inputs: request.storeInputs.count, errno: report.error)
            }
        case nodeos_stage_step:
            return .entryNotMade(
                plan.steps[Int(report.item)].path,
                inputs: request.inputs.count + request.storeInputs.count, errno: report.error)
        default: return failure(report)
        }
    }

    /// What a report means that is about no builder, step or input.
    static func failure(_ report: nodeos_build_report) -> SandboxError {
        let words = SandboxError.text(report.error)
        let stage = nodeos_stage(rawValue: UInt32(report.stage))
        switch stage {
        case nodeos_stage_root where report.error == ENOSYS:
            return .setupFailed(message: "mounting: the sandbox needs Linux 5.12 or newer")
        case nodeos_stage_users, nodeos_stage_root:
            let what = stage == nodeos_stage_users ? "mapping the user" : "mounting"
            return .userNamespacesUnavailable(message: "\(what): \(words)")
        default:
            let names = [
                nodeos_stage_plan: "reading the plan of the build",
                nodeos_stage_group: "joining its control group",
                nodeos_stage_host: "setting host name and loopback interface",
                nodeos_stage_input: "taking away the inputs of an earlier build",
                nodeos_stage_enter: "entering its root directory",
                nodeos_stage_filter: "loading the system call filter",
            ]
            return .setupFailed(message: "\(names[stage] ?? "starting it"): \(words)")
        }
    }

    private static func checkKVM() throws(SandboxError) {
        guard unsafe access("/dev/kvm", R_OK | W_OK) == 0 else {
            throw .kvmUnavailable(reason: systemMessage(errno))
        }
    }
}
