import Primitives
import Sandbox
import StoreModel
import Substitutes

/// Turns a derivation into what the sandbox is asked: the one place that knows both.
struct StepRequest: Sendable {
    let store: StoreDirectory
    let options: RealisationOptions
    let program: BuiltinProgram
    let mirrors: MirrorTable
    /// The environment of this program: proxies and certificates for downloads.
    let environment: [String: String]

    private static let jobName = "job.json"
    static let partialName = "download.partial"

    /// The request for a builder of the derivation's own.
    ///
    /// - Parameters:
    ///   - closure: every store path the builder may see, with where it is on this machine.
    ///   - graphs: the closures that the derivation asks for.
    ///   - hostDirectory: the build's private directory; files are laid into its `build`.
    func build(
        _ step: BuildPlan.Step, closure: [(path: StorePath, hostPath: String)],
        graphs: ReferenceGraphs, hostDirectory: String
    ) throws -> BuildRequest {
        let derivation = step.derivation
        let environment = try BuilderEnvironment(
            derivation, path: step.path, store: store, graphs: graphs, cores: options.cores)
        var inputs = closure.map {
            BuildRequest.Input(hostPath: $0.hostPath, sandboxPath: store.path(of: $0.path))
        }
        if environment.builder == "/bin/sh", let shell = options.sandboxShell {
            inputs.append(BuildRequest.Input(hostPath: shell, sandboxPath: "/bin/sh"))
        } else {
            try check(builder: environment.builder, closure: closure, step.path)
        }
        var variables = environment.variables
        for (name, value) in options.surroundings.variables
        where variables[ByteString(name)] == nil {
            variables[ByteString(name)] = ByteString(value)
        }
        var request = BuildRequest(
            inputs: inputs, command: environment.builder, arguments: environment.arguments,
            environment: variables, storeDirectory: store.path,
            outputs: Set(derivation.outputs.values.compactMap { $0.path.map(store.path(of:)) }),
            hostDirectory: hostDirectory,
            kvm: try DerivationAttributes(derivation, path: step.path)
                .words("requiredSystemFeatures")?.contains("kvm") ?? false,
            limits: limits)
        request.conditions = options.surroundings.conditions
        request.is32Bit = Machine.is32Bit(derivation.system.description)
        try layOut(environment.files, request)
        return request
    }

    /// The request for `builtin:fetchurl`: the builtin program with the network added. The file arrives
    /// in the builder's `/build`, which outlives the build so that a later run goes on from it.
    func fetch(_ step: BuildPlan.Step, hostDirectory: String) throws -> BuildRequest {
        let derivation = step.derivation
        guard let fixed = derivation.fixedOutput else {
            throw RealisationError.badDerivation(
                step.path, reason: "builtin:fetchurl needs a fixed output (outputHash)")
        }
        let urls = derivation.urls
        guard !urls.isEmpty else {
            throw RealisationError.badDerivation(step.path, reason: "it names no url")
        }
        if let size = derivation.variable("size"), derivation.statedSize == nil {
            throw RealisationError.badDerivation(
                step.path, reason: "its size '\(size)' is not a number of bytes up to 2^60")
        }
        let executable = derivation.variable("executable") == "1"
        guard executable == false || fixed.method == .recursive else {
            throw RealisationError.badDerivation(
                step.path, reason: "an executable download needs outputHashMode = recursive")
        }
        let digest = fixed.method == .flat ? fixed.digest : nil
        let sources = try mirrors.resolve(urls, digest: digest)
        var inputs: [BuildRequest.Input] = []
        for source in sources where source.isNamed {
            if let path = source.url.filePath, HostFile.isRegular(path) == true {
                inputs.append(BuildRequest.Input(hostPath: path, sandboxPath: path))
            }
        }
        var certificates: String?
        if let file = DownloadPolicy.certificateFile(in: environment) {
            certificates = "/builtin/certificates.crt"
            inputs.append(
                BuildRequest.Input(hostPath: file, sandboxPath: "/builtin/certificates.crt"))
        }
        let netrc = options.netrcFile.map { _ in "/builtin/netrc" }
        if let file = options.netrcFile {
            inputs.append(BuildRequest.Input(hostPath: file, sandboxPath: "/builtin/netrc"))
        }
        let job = BuiltinJob.Fetch(
            name: derivation.name,
            sources: sources.map {
                let proxy: String? =
                    switch $0.proxy {
                    case .environment: nil
                    case .direct: ""
                    case .through(let url): url.text
                    }
                return BuiltinJob.Source(
                    url: $0.url.text, proxy: proxy, isNamed: $0.isNamed,
                    problem: $0.url.filePath.flatMap(HostFile.problem(of:)))
            },
            output: "\(BuilderEnvironment.buildDirectory)/\(fixed.path.baseName)",
            partial: "\(BuilderEnvironment.buildDirectory)/\(Self.partialName)",
            digest: digest?.sri, size: derivation.statedSize, executable: executable,
            certificates: certificates, netrc: netrc)
        return try builtin(
            .fetch(job), inputs: inputs, outputs: [], network: .host, hostDirectory: hostDirectory)
    }

    /// The request for `builtin:unpack`: the builtin program, without network.
    func unpack(
        _ step: BuildPlan.Step, closure: [(path: StorePath, hostPath: String)],
        hostDirectory: String
    ) throws -> BuildRequest {
        let derivation = step.derivation
        let archives = (derivation.variable("srcs") ?? derivation.variable("src") ?? "")
            .words
        guard !archives.isEmpty else {
            throw RealisationError.badDerivation(step.path, reason: "it names no srcs to unpack")
        }
        let layoutName = derivation.variable("layout") ?? BuiltinJob.Layout.plain.rawValue
        guard let layout = BuiltinJob.Layout(rawValue: layoutName) else {
            throw RealisationError.badDerivation(
                step.path, reason: "the layout '\(layoutName)' is unknown")
        }
        guard derivation.outputs.count == 1, let output = derivation.outputs["out"]?.path else {
            throw RealisationError.badDerivation(
                step.path, reason: "builtin:unpack makes one output, 'out'")
        }
        let job = BuiltinJob.Unpack(
            archives: archives, output: store.path(of: output), layout: layout)
        let inputs = closure.map {
            BuildRequest.Input(hostPath: $0.hostPath, sandboxPath: store.path(of: $0.path))
        }
        return try builtin(
            .unpack(job), inputs: inputs, outputs: [store.path(of: output)],
            network: .none, hostDirectory: hostDirectory)
    }

    private func builtin(
        _ job: BuiltinJob, inputs: [BuildRequest.Input], outputs: Set<String>,
        network: BuildRequest.Network, hostDirectory: String
    ) throws -> BuildRequest {
        var variables: [ByteString: ByteString] = [:]
        if network == .host {
            for name in ["http_proxy", "https_proxy", "all_proxy", "no_proxy"] {
                for key in [name, name.uppercased()] {
                    if let value = environment[key] {
                        variables[ByteString(key)] = ByteString(value)
                    }
                }
            }
        }
        let jobPath = "\(BuilderEnvironment.buildDirectory)/\(Self.jobName)"
        let files = try program.files()
        let request = BuildRequest(
            inputs: files.inputs + inputs, command: files.command,
            arguments: files.arguments + [ByteString(jobPath)], environment: variables,
            storeDirectory: store.path, outputs: outputs, hostDirectory: hostDirectory,
            network: network, limits: limits)
        try layOut([Self.jobName: try job.encoded()], request)
        return request
    }

    private func layOut(_ files: [String: [UInt8]], _ request: BuildRequest) throws {
        try HostFile.makeDirectory(request.hostScratchDirectory)
        for (name, bytes) in files {
            try HostFile.write(bytes, to: "\(request.hostScratchDirectory)/\(name)")
        }
    }

    private var limits: BuildRequest.Limits {
        BuildRequest.Limits(
            wallClock: options.timeout.map { .seconds($0) },
            silence: options.maxSilentTime.map { .seconds($0) }, logBytes: options.maxLogSize,
            processes: options.maxProcesses)
    }

    /// A builder that is not in the inputs could be anything of the machine, also this program.
    private func check(
        builder: ByteString, closure: [(path: StorePath, hostPath: String)], _ path: StorePath
    ) throws {
        let item = builder.string.flatMap { try? store.parse(below: $0) }
        guard let place = closure.first(where: { $0.path == item }) else {
            throw RealisationError.foreignBuilder(path, builder: builder)
        }
        if HostFile.isOnNoexecMount(place.hostPath) {
            throw RealisationError.noexec(path, builder: place.hostPath)
        }
    }
}
