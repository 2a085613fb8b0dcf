import CKernel
import Glibc

/// The private host directory of one build: made ready before, tidied after. All work is relative to open
/// directories, so that nothing a builder does to names can lead it elsewhere.
struct BuildDirectory: ~Copyable {
    private let request: BuildRequest
    private var descriptors: Descriptors
    private let build: Int32
    private let store: Int32
    /// The inputs outside of the store directory to bind: a symbolic link cannot be mounted on.
    private(set) var binds: [BuildRequest.Input] = []
    /// The symbolic links to make instead, by their place.
    private(set) var links: [(path: String, target: [UInt8])] = []

    /// Checks the directory and creates what is missing in it.
    static func prepare(_ request: BuildRequest) throws(SandboxError) -> BuildDirectory {
        var open = Descriptors()
        let path = request.hostDirectory
        let root = try open.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        try Self.checkPrivate(root, path)
        let build = try open.makeDirectory("build", mode: 0o700, in: root, path)
        guard
            unsafe request.goesOn || unlinkat(root, "store", AT_REMOVEDIR) == 0 || errno == ENOENT
        else {
            throw .unsuitableDirectory(path, reason: "'store' in it holds old files")
        }
        let store = try open.makeDirectory("store", mode: 0o755, in: root, path)
        var directory = BuildDirectory(request, open, build: build, store: store)
        for input in request.inputs { try directory.look(at: input) }
        return directory
    }

    private init(
        _ request: BuildRequest, _ descriptors: consuming Descriptors, build: Int32,
        store: Int32
    ) {
        self.request = request
        self.descriptors = descriptors
        self.build = build
        self.store = store
    }

    private static func checkPrivate(_ root: Int32, _ path: String) throws(SandboxError) {
        var status = stat()
        try SystemCall.check(unsafe fstat(root, &status), "look at", path)
        guard status.st_uid == geteuid() else {
            throw .unsuitableDirectory(path, reason: "its owner is user \(status.st_uid)")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw .unsuitableDirectory(
                path, reason: "it is open to other users; its mode must be 0700")
        }
    }

    private mutating func look(at input: BuildRequest.Input) throws(SandboxError) {
        guard let status = try SystemCall.status(of: input.hostPath) else {
            throw .missingInput(input.hostPath)
        }
        switch status.st_mode & S_IFMT {
        case S_IFDIR, S_IFREG: binds.append(input)
        case S_IFLNK:
            links.append((input.sandboxPath, try SystemCall.target(of: input.hostPath)))
        default: throw .specialInput(input.hostPath)
        }
    }

    /// Lets a view have what an earlier build here made, for a shell to look at.
    func open(in view: StoreView) throws(SandboxError) {
        if request.goesOn { try view.takeOver(store) }
    }

    /// Takes what the builder made out of its view.
    ///
    /// - Returns: the outputs that are missing, and whether another build may have the view.
    /// - Throws: as ``StoreView/moveOutputs(of:to:)``.
    consuming func tidy(
        _ view: StoreView
    ) throws(SandboxError) -> (missing: [String], isClean: Bool) {
        // The builder may have locked itself, and the caller, out.
        fchmod(build, 0o700)
        let isClean = try view.moveOutputs(of: request, to: store)
        var missing: [String] = []
        for output in request.outputs.sorted() {
            let name = String(output.dropFirst(request.storeDirectory.count + 1))
            if try SystemCall.status(of: name, in: store) == nil { missing.append(output) }
        }
        return (missing, isClean)
    }
}
