import Primitives
package import Sandbox
import StoreModel

/// Runs builders in the sandbox of this machine.
package struct LocalBuilder: Builder {
    private let sandbox: Sandbox
    private let helper: BuiltinProgram

    /// A builder.
    ///
    /// - Parameter helper: what downloads and unpacks; it is looked for when it is needed.
    package init(_ sandbox: Sandbox, helper: BuiltinProgram) {
        self.sandbox = sandbox
        self.helper = helper
    }

    private static let jobName = "job.json"

    /// Runs one build in the sandbox.
    package func run(
        _ action: BuildAction, log: @escaping @Sendable (Span<UInt8>) throws -> Void
    ) async throws -> BuildResult {
        let request = try request(for: action)
        try layOut(action, request)
        // A download lies in `/build`, so that it outlives a run that is interrupted.
        let folder = action.isDownload ? "build" : "store"
        return BuildResult(try await sandbox.run(request, log: log), folder: folder)
    }

    /// Runs a shell in the sandbox that the builder would have.
    package func enter(
        _ action: BuildAction, _ shell: BuildShellRequest
    ) async throws -> BuildOutcome.Ending {
        let build = try request(for: action)
        var request = try BuildShell(action.derivation, build, shell).request
        request.goesOn = shell.isAfterFailure
        if !shell.isAfterFailure { try layOut(action, build) }
        shell.onStart()
        return try await sandbox.run(request) { _ in }.ending
    }

    /// Lets go of inputs that stay mounted for the next build.
    package func forgetInputs() { sandbox.forgetInputs() }

    /// What the sandbox is asked: from here on, paths are those of this machine.
    private func request(for action: BuildAction) throws -> BuildRequest {
        let store = action.storeDirectory
        var inputs = action.machineFiles
        let storeInputs = action.inputs.map {
            BuildRequest.StoreInput($0.path.baseName, at: $0.place)
        }
        let command: ByteString
        let arguments: [ByteString]
        var outputs: Set<String> = []
        switch action.work {
        case .program(let program, let words):
            (command, arguments) = (program, words)
            try checkExecutable(program, action)
        case .builtin:
            let files = try helper.files()
            inputs += files.inputs
            command = files.command
            arguments =
                files.arguments + ["\(BuilderEnvironment.buildDirectory)/\(Self.jobName)"]
        }
        // What a download makes is in `/build`.
        if !action.isDownload { outputs = Set(action.outputs.map(store.path(of:))) }
        var request = BuildRequest(
            inputs: inputs, storeInputs: storeInputs, command: command, arguments: arguments,
            environment: action.environment, storeDirectory: store.path, outputs: outputs,
            hostDirectory: action.directory, network: action.network,
            kvm: action.features.contains("kvm"), limits: action.limits)
        request.conditions = action.conditions
        // Where the directories of other builds are, too.
        if let slash = action.directory.utf8.lastIndex(of: UInt8(ascii: "/")) {
            request.sharedDirectory = String(action.directory[..<slash])
        }
        request.is32Bit = action.isProgram && Machine.is32Bit(action.system)
        return request
    }

    private func layOut(_ action: BuildAction, _ request: BuildRequest) throws {
        var files = action.files
        if case .builtin(let job) = action.work { files[Self.jobName] = try job.encoded() }
        try HostFile.makeDirectory(request.hostScratchDirectory)
        for (name, bytes) in files {
            try HostFile.write(bytes, to: "\(request.hostScratchDirectory)/\(name)")
        }
    }

    private func checkExecutable(_ program: ByteString, _ action: BuildAction) throws {
        // What lies in no input is a shell of this machine, which is the user's matter.
        let path = program.string.flatMap { try? action.storeDirectory.parse(below: $0) }
        guard let input = action.inputs.first(where: { $0.path == path }) else { return }
        if HostFile.isOnNoexecMount(input.place) {
            throw RealisationError.noexec(action.derivation, builder: input.place)
        }
    }
}
