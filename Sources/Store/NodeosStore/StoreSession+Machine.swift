import Glibc
import LocalStore
import Primitives
import Realisation
import StoreModel
public import Substitutes
import SystemSupport

extension StoreSession.Configuration {
    /// What the `nodeos-store` command takes from `environment` and this machine where no option says
    /// otherwise.
    ///
    /// | variable | for |
    /// |---|---|
    /// | `NODEOS_ROOT`, `NODEOS_STORE_DIR`, `NODEOS_STATE_DIR` | ``layout`` |
    /// | `NODEOS_MIRROR_…`, `XDG_CONFIG_HOME`, `HOME` | ``mirrors``, with `/etc/nodeos/mirrors` and apt's files |
    /// | `NODEOS_SUBSTITUTERS`, `NODEOS_TRUSTED_KEYS` | ``caches``, ``trust`` |
    /// | `NODEOS_MAX_PROCESSES`, `NETRC` | ``options`` |
    /// | `PATH` | where ``builtins`` is looked for |
    /// | `TMPDIR` | ``temporaryDirectory`` |
    /// | proxies, certificates | ``environment`` |
    ///
    /// - Parameters:
    ///   - environment: as a rule `ProcessInfo.processInfo.environment`.
    ///   - workingDirectory: what relative paths in it begin at, absolute.
    /// Where a variable is not set, what files of settings say counts (``MachineSettings``).
    ///
    /// - Throws: ``SettingError`` for a variable that cannot be used, ``SettingsFileError`` for a file of settings,
    ///   `MirrorError` for a mirrors file.
    public static func machine(
        environment: [String: String], workingDirectory: String
    ) throws -> StoreSession.Configuration {
        let environment = try MachineSettings.read(environment: environment)
            .applied(to: environment)
        let settings = Settings(environment: environment, workingDirectory: workingDirectory)
        let layout = try settings.layout()
        var configuration = StoreSession.Configuration(layout: layout)
        configuration.environment = environment
        configuration.builtins = .installed(searchPath: settings["PATH"] ?? "")
        configuration.mirrors = try MirrorTable.machine(environment: environment)
        configuration.caches = try settings.caches()
        configuration.trust = .keys(try settings.trustedKeys(), store: layout.storeDirectory)
        configuration.temporaryDirectory = settings.path("TMPDIR") ?? "/tmp"
        configuration.workers = Processors.count
        configuration.options.cores = configuration.workers
        configuration.options.netrcFile = settings.path("NETRC")
        configuration.options.maxProcesses = try settings.processLimit()
        return configuration
    }
}

/// A variable of an environment that cannot be used.
public struct SettingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The variable.
    public let name: String
    /// Why, as the rest of a sentence.
    public let reason: String

    /// The sentence a user reads.
    public var description: String { "the environment variable \(name) \(reason)".oneLine }
}

extension MirrorTable {
    /// The mirrors of this machine: what `environment` names, the user's and the machine's files, apt.
    ///
    /// - Parameters:
    ///   - options: `NAME=URL` each; they come before all others.
    ///   - environment: `NODEOS_MIRROR_…`, and where the user's files are.
    ///   - sourceMirrors: URLs and absolute paths of sources by their hashes.
    ///   - names: what the user calls an option for the first and the last of these, for messages.
    /// - Throws: `MirrorError` for what cannot be read or understood.
    public static func machine(
        options: [String] = [], environment: [String: String], sourceMirrors: [String] = [],
        names: OptionNames = OptionNames()
    ) throws -> MirrorTable {
        func variable(_ name: String) -> String? {
            environment[name].flatMap { $0.isEmpty ? nil : $0 }
        }
        let home = variable("XDG_CONFIG_HOME") ?? variable("HOME").map { $0 + "/.config" }
        let files = [home.map { $0 + "/nodeos/mirrors" }, "/etc/nodeos/mirrors"]
        return try machine(
            options: options, environment: environment,
            configurationFiles: files.compactMap(\.self), sourceMirrors: sourceMirrors,
            names: names)
    }
}

/// The variables, each read in its one way.
private struct Settings {
    let environment: [String: String]
    let workingDirectory: String

    /// A variable that is set and not empty.
    subscript(name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }

    func path(_ name: String) -> String? {
        self[name].map { $0.isAbsolutePath ? $0 : workingDirectory + "/" + $0 }
    }

    func layout() throws -> StoreLayout {
        let state = self["NODEOS_STATE_DIR"] ?? "/nodeos/var/nodeos"
        guard StoreDirectory.isNormalised(state) else {
            throw SettingError(
                name: "NODEOS_STATE_DIR", reason: "must be an absolute, normalised path")
        }
        let store = try self["NODEOS_STORE_DIR"].map { try StoreDirectory($0) } ?? .nodeos
        let root = try path("NODEOS_ROOT").map { path in
            let parts = path.split(separator: "/").filter { $0 != "." }
            guard !parts.contains("..") else {
                throw SettingError(name: "NODEOS_ROOT", reason: "must not hold '..'")
            }
            return "/" + parts.joined(separator: "/")
        }
        return StoreLayout(storeDirectory: store, stateDirectory: state, root: root)
    }

    func caches() throws -> [CacheAddress] {
        try (self["NODEOS_SUBSTITUTERS"] ?? "").split(separator: " ").map { text in
            let isPath = !text.contains("://") && !String(text).isAbsolutePath
            return try CacheAddress(
                parsing: isPath ? "\(workingDirectory)/\(text)" : String(text),
                environment: environment)
        }
    }

    func trustedKeys() throws -> [PublicKey] {
        let name = "NODEOS_TRUSTED_KEYS"
        return try (self[name] ?? "").words.map { word in
            do { return try PublicKey(parsing: word) } catch {
                throw SettingError(name: name, reason: "holds '\(word)': \(error)")
            }
        }
    }

    func processLimit() throws -> Int? {
        let name = "NODEOS_MAX_PROCESSES"
        guard let text = self[name] else { return RealisationOptions.usualMaxProcesses }
        guard let number = Int(text), RealisationOptions.isProcessLimit(number) else {
            throw SettingError(
                name: name, reason: "is '\(text)'; it \(RealisationOptions.processLimitRule)")
        }
        return number == 0 ? nil : number
    }
}
