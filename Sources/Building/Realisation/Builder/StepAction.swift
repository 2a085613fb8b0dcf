import Primitives
import Sandbox
import StoreModel
import Substitutes

/// Turns a derivation into what a builder is asked: the one place that knows both.
struct StepAction: Sendable {
    let store: StoreDirectory
    let options: RealisationOptions
    let mirrors: MirrorTable
    /// The environment of this program: proxies and certificates for downloads.
    let environment: [String: String]

    static let partialName = "download.partial"

    /// The build of a derivation that has a builder of its own.
    ///
    /// - Parameters:
    ///   - closure: every store path the builder may see.
    ///   - graphs: the closures that the derivation asks for.
    ///   - directory: the build's private directory.
    func build(
        _ step: BuildPlan.Step, closure: [BuildAction.Input], graphs: ReferenceGraphs,
        directory: String
    ) throws -> BuildAction {
        let environment = try BuilderEnvironment(
            step.derivation, path: step.path, store: store, graphs: graphs, cores: options.cores)
        var machineFiles: [BuildRequest.Input] = []
        if environment.builder == "/bin/sh", let shell = options.sandboxShell {
            machineFiles.append(BuildRequest.Input(hostPath: shell, sandboxPath: "/bin/sh"))
        } else {
            try check(builder: environment.builder, closure: closure, step.path)
        }
        var variables = environment.variables
        for (name, value) in options.surroundings.variables
        where variables[ByteString(name)] == nil {
            variables[ByteString(name)] = ByteString(value)
        }
        return try action(
            step, .program(environment.builder, environment.arguments), inputs: closure,
            environment: variables, files: environment.files, machineFiles: machineFiles,
            directory: directory)
    }

    private func action(
        _ step: BuildPlan.Step, _ work: BuildAction.Work, inputs: [BuildAction.Input] = [],
        environment: [ByteString: ByteString] = [:], files: [String: [UInt8]] = [:],
        machineFiles: [BuildRequest.Input] = [], network: BuildRequest.Network = .none,
        directory: String
    ) throws -> BuildAction {
        let derivation = step.derivation
        let isBuild = step.kind == .build
        let features = try DerivationAttributes(derivation, path: step.path)
            .words("requiredSystemFeatures")
        return BuildAction(
            derivation: step.path, system: derivation.system.description,
            features: isBuild ? Set(features ?? []) : [],
            storeDirectory: store, inputs: inputs, work: work, environment: environment,
            files: files, machineFiles: machineFiles,
            outputs: derivation.outputs.values.compactMap(\.path).sorted(), network: network,
            limits: limits,
            conditions: isBuild ? options.surroundings.conditions : BuildConditions(),
            directory: directory)
    }

    /// The download of `builtin:fetchurl`, the one that has the network. The file arrives in the builder's
    /// `/build`, which outlives the build so that a later run goes on from it.
    func fetch(_ step: BuildPlan.Step, directory: String) throws -> BuildAction {
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
        let sources = try mirrors.resolve(urls, digest: digest, name: derivation.name)
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
                    url: $0.url.text, proxy: proxy, isNamed: $0.isNamed, stated: $0.stated,
                    problem: $0.url.filePath.flatMap(HostFile.problem(of:)))
            },
            output: "\(BuilderEnvironment.buildDirectory)/\(fixed.path.baseName)",
            partial: "\(BuilderEnvironment.buildDirectory)/\(Self.partialName)",
            digest: digest?.sri, size: derivation.statedSize, executable: executable,
            certificates: certificates, netrc: netrc)
        return try action(
            step, .builtin(.fetch(job)), environment: proxies, machineFiles: inputs,
            network: .host, directory: directory)
    }

    private var proxies: [ByteString: ByteString] {
        var variables: [ByteString: ByteString] = [:]
        for name in ["http_proxy", "https_proxy", "all_proxy", "no_proxy"] {
            for key in [name, name.uppercased()] {
                if let value = environment[key] { variables[ByteString(key)] = ByteString(value) }
            }
        }
        return variables
    }

    /// The unpacking of `builtin:unpack`, without network.
    func unpack(
        _ step: BuildPlan.Step, closure: [BuildAction.Input], directory: String
    ) throws -> BuildAction {
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
        return try action(
            step, .builtin(.unpack(job)), inputs: closure, directory: directory)
    }

    private var limits: BuildRequest.Limits {
        BuildRequest.Limits(
            wallClock: options.timeout.map { .seconds($0) },
            silence: options.maxSilentTime.map { .seconds($0) }, logBytes: options.maxLogSize,
            processes: options.maxProcesses)
    }

    /// A builder that is not in the inputs could be anything of the machine, also this program.
    private func check(
        builder: ByteString, closure: [BuildAction.Input], _ path: StorePath
    ) throws(RealisationError) {
        // What is no store path is in no input.
        let item = builder.string.flatMap { try? store.parse(below: $0) }
        guard closure.contains(where: { $0.path == item }) else {
            throw .foreignBuilder(path, builder: builder)
        }
    }
}
