import Foundation
import Glibc
import Primitives
import StoreModel
import TestSupport
import Testing

/// A store of a test's own under a temporary directory, the built `nodeos-store` to work on it, and
/// derivations whose builder is a static shell.
struct StoreFixture {
    /// A derivation that was made, as tests name it.
    struct Item {
        let derivation: Derivation
        let path: StorePath
        let text: [UInt8]

        /// The `.drv`'s store path.
        var drv: String { StoreDirectory.nodeos.path(of: path) }

        /// Its last component, as messages have it.
        var baseName: String { path.baseName }

        /// The store path of an output.
        func output(_ name: String = "out") -> String {
            derivation.outputs[name]?.path.map(StoreDirectory.nodeos.path(of:)) ?? ""
        }
    }

    let directory: TemporaryDirectory
    let binary: String
    /// What `--root` is given.
    let root: String
    /// The store path of the shell and its tools; `bin` in it is the builders' PATH.
    private(set) var tools = ""
    private var hashes: [StorePath: QuotientHash] = [:]
    /// Where downloads of the derivations are, on this machine: a user names such places.
    private var places: Set<String> = []
    /// Whether commands are told of them.
    var namesPlaces = true

    static let busybox = ["/bin/busybox", "/usr/bin/busybox"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }
    static let system: String = {
        var names = utsname()
        unsafe uname(&names)
        return unsafe withUnsafeBytes(of: &names.machine) {
            unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
        } + "-linux"
    }()

    /// A new store; `root` when it is to lie somewhere else.
    init(root: String? = nil, withTools: Bool = true) throws {
        directory = try TemporaryDirectory()
        binary = try BuiltCommand.path()
        self.root = root ?? directory.file("root")
        if withTools { tools = try addTools() }
    }

    /// Adds the static shell; cancels the test on a machine that has none.
    func addTools() throws -> String {
        guard let busybox = Self.busybox else {
            try Test.cancel("no busybox; Debian's package busybox-static has it")
        }
        let bin = directory.file("tools/bin")
        let files = FileManager.default
        if !files.fileExists(atPath: bin) {
            try files.createDirectory(atPath: bin, withIntermediateDirectories: true)
            try files.copyItem(atPath: busybox, toPath: bin + "/busybox")
            for applet in Self.applets {
                try files.createSymbolicLink(
                    atPath: "\(bin)/\(applet)", withDestinationPath: "busybox")
            }
        }
        let added = try run("add", directory.file("tools"))
        guard added.status == 0 else {
            throw ChildProcessError(command: ["add"], reason: added.error)
        }
        return added.lines[0]
    }

    private static let applets = [
        "cat", "chmod", "cp", "cut", "date", "dd", "echo", "env", "flock", "grep", "head",
        "hostname", "id", "ip", "kill", "ln", "ls", "mkdir", "mkfifo", "mknod", "mv", "nc", "ps",
        "readlink", "rm", "sed", "seq", "setsid", "sh", "sleep", "sort", "stat", "tar", "touch",
        "tr", "true", "wc", "wget", "yes",
    ]

    // MARK: The command

    /// The environment of every command: nothing of the machine's but where programs are.
    var environment: [String: String] {
        var variables = ["PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": directory.path]
        if namesPlaces, !places.isEmpty {
            variables["NODEOS_MIRROR_TEST_PLACES"] = places.sorted().joined(separator: " ")
        }
        return variables
    }

    /// Runs `nodeos-store --root … arguments` to its end.
    func run(_ arguments: String..., input: String = "") throws -> ChildProcess.Result {
        try start(arguments, input: input).wait()
    }

    /// Runs it, and fails the test when it fails.
    @discardableResult
    func succeed(
        _ arguments: String..., input: String = "", at location: SourceLocation = #_sourceLocation
    ) throws -> ChildProcess.Result {
        let result = try start(arguments, input: input).wait()
        #expect(result.status == 0, "\(arguments): \(result.error)", sourceLocation: location)
        return result
    }

    /// Starts it.
    func start(
        _ arguments: [String], adding variables: [String: String] = [:], input: String = "",
        descriptor: Int32? = nil
    ) throws -> ChildProcess {
        try ChildProcess(
            [binary, "--root", root] + arguments,
            environment: environment.merging(variables) { $1 }, input: input,
            descriptor: descriptor)
    }

    /// Realises, which must succeed; returns the first path printed.
    @discardableResult
    func realise(
        _ item: Item, _ options: String..., at location: SourceLocation = #_sourceLocation
    ) throws -> String {
        let result = try start(["realise", item.drv] + options).wait()
        #expect(result.status == 0, "\(result.error)", sourceLocation: location)
        return result.lines.first ?? ""
    }

    /// Realises what must fail with `status`; returns the message.
    func failure(
        _ status: Int32, _ arguments: String..., at location: SourceLocation = #_sourceLocation
    ) throws -> String {
        let result = try start(["realise"] + arguments).wait()
        #expect(result.status == status, "\(result.error)", sourceLocation: location)
        #expect(result.output.isEmpty, sourceLocation: location)
        return result.error
    }

    // MARK: Derivations

    /// Adds a derivation whose builder is a shell that runs `script`.
    mutating func derive(
        _ name: String, _ script: String, inputs: [Item] = [], outputs: [String] = ["out"],
        variables: [String: String] = [:], _ change: (inout Derivation) throws -> Void = { _ in }
    ) throws -> Item {
        let directory = StoreDirectory.nodeos
        var environment: [ByteString: ByteString] = [
            "name": ByteString(name), "PATH": ByteString(tools + "/bin"),
        ]
        for (key, value) in variables { environment[ByteString(key)] = ByteString(value) }
        var derivation = Derivation(
            name: name, outputs: Dictionary(uniqueKeysWithValues: outputs.map { ($0, .deferred) }),
            inputDerivations: Dictionary(
                uniqueKeysWithValues: inputs.map { ($0.path, Set($0.derivation.outputs.keys)) }),
            inputSources: tools.isEmpty ? [] : [try directory.parse(tools)],
            system: ByteString(Self.system), builder: ByteString(tools + "/bin/sh"),
            arguments: ["-e", "-c", ByteString(script)], environment: environment)
        try change(&derivation)
        return try add(derivation)
    }

    /// Adds a download.
    mutating func fetch(
        _ name: String, _ urls: [String], _ digest: Digest, size: Int? = nil
    ) throws -> Item {
        var environment: [ByteString: ByteString] = [
            "name": ByteString(name), "urls": ByteString(urls.joined(separator: " ")),
        ]
        if let size { environment["size"] = "\(size)" }
        return try add(
            Derivation(
                name: name, outputs: ["out": try Self.fixed(name, digest)], system: "builtin",
                builder: "builtin:fetchurl", environment: environment))
    }

    /// A file of this text, fetched and valid.
    mutating func fetched(_ name: String, _ text: String) throws -> Item {
        let file = try directory.write(text, to: "fetched/\(name)")
        let item = try fetch(name, ["file://\(file)"], Digest.hash(text))
        try realise(item)
        return item
    }

    /// A fixed output: one file, or by its NAR.
    static func fixed(
        _ name: String, _ digest: Digest, _ method: ContentAddressMethod = .flat
    ) throws -> DerivationOutput {
        let path = try StoreDirectory.nodeos.fixedOutputPath(
            name: name, method: method, digest: digest)
        return .fixed(path, method: method, digest: digest)
    }

    /// Fills in the output paths and adds the derivation to the store.
    mutating func add(_ derivation: Derivation) throws -> Item {
        let item = try filledIn(derivation)
        let file = directory.file(item.path.baseName)
        try Data(item.text).write(to: URL(filePath: file))
        let result = try run("derivation", "add", file)
        guard result.lines == [item.drv] else {
            throw ChildProcessError(command: ["derivation add"], reason: result.error)
        }
        return item
    }

    /// Fills in the output paths; the store does not hear of it.
    mutating func filledIn(_ derivation: Derivation) throws -> Item {
        let known = derivation.inputDerivations.keys.reduce(into: [StorePath: QuotientHash]()) {
            $0[$1] = hashes[$1]
        }
        for name: ByteString in ["url", "urls"] {
            for url in derivation.environment[name]?.string?.split(separator: " ") ?? [] {
                if let place = Self.place(of: String(url)) { places.insert(place) }
            }
        }
        let filled = try derivation.filledIn(inputHashes: known, in: .nodeos)
        let (path, text) = try filled.file(in: .nodeos)
        hashes[path] = try filled.quotientHash(inputHashes: known, in: .nodeos)
        return Item(derivation: filled, path: path, text: text)
    }

    /// The server of a URL, or the directory of a file.
    private static func place(of url: String) -> String? {
        if url.hasPrefix("file://") {
            return url.lastIndex(of: "/").map { String(url[...$0]) }
        }
        guard let start = url.firstRange(of: "://127.0.0.1:") ?? url.firstRange(of: "@127.0.0.1:")
        else { return nil }
        return "http://127.0.0.1:" + url[start.upperBound...].prefix { $0 != "/" } + "/"
    }

    // MARK: What is there

    /// Where a store path's bytes are.
    func real(_ path: String) -> String { root + path }

    /// The text of the file at a store path.
    func contents(_ path: String) throws -> String {
        try String(contentsOfFile: real(path), encoding: .utf8)
    }

    /// Whether the store knows `path` as valid.
    func isValid(_ path: String) throws -> Bool { try run("query", "hash", path).status == 0 }

    /// What lies in the scratch directory.
    func scratch() -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: real("/nodeos/store/.builds"))) ?? []
    }

    /// What lies in the store directory but is not valid, scratch and locks aside.
    func strays() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: real("/nodeos/store"))
            .filter { !$0.hasPrefix(".") && !$0.hasSuffix(".lock") }
            .filter { try !isValid("/nodeos/store/" + $0) }
    }

    /// Whether any process has `text` on its command line.
    func hasProcess(_ text: String) -> Bool { !processes(text).isEmpty }

    /// The processes that have `text` on their command line.
    func processes(_ text: String) -> [Int32] {
        let ids = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return ids.compactMap { Int32($0) }.filter { id in
            guard id != getpid(),
                let line = FileManager.default.contents(atPath: "/proc/\(id)/cmdline")
            else { return false }
            // Its words end with NUL.
            return String(decoding: line.map { $0 == 0 ? 0x20 : $0 }, as: UTF8.self).contains(text)
        }
    }

    /// Whether a process is stopped, as by Ctrl-Z.
    func isStopped(_ process: Int32) -> Bool {
        let file = FileManager.default.contents(atPath: "/proc/\(process)/stat") ?? Data()
        return String(decoding: file, as: UTF8.self).split(separator: ") ").last?.first == "T"
    }
}
