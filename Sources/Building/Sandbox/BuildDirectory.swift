import CKernel
import Glibc

/// The private host directory of one build: made ready before, tidied after. All work is relative to open
/// directories, so that nothing a builder does to names can lead it elsewhere.
struct BuildDirectory: ~Copyable {
    /// What stands in the store directory for an input of the same name.
    private enum Placeholder {
        case directory
        case file
        /// A symbolic link cannot be mounted on: the input's own target stands here.
        case link(target: [UInt8])
    }

    private let request: BuildRequest
    private var descriptors: Descriptors
    private let build: Int32
    private let store: Int32
    private var placeholders: [(name: String, Placeholder)] = []
    /// The inputs to bind, those that are symbolic links left out.
    private(set) var binds: [BuildRequest.Input] = []
    /// The symbolic links to make outside the store directory, by their place.
    private(set) var links: [(path: String, target: [UInt8])] = []

    /// Checks the directory, creates what is missing in it, and the mount points of the inputs.
    static func prepare(_ request: BuildRequest) throws(SandboxError) -> BuildDirectory {
        var open = Descriptors()
        let path = request.hostDirectory
        let root = try open.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        try Self.checkPrivate(root, path)
        let build = try Self.directory("build", mode: 0o700, in: root, path, &open)
        guard
            unsafe request.goesOn || unlinkat(root, "store", AT_REMOVEDIR) == 0 || errno == ENOENT
        else {
            throw .unsuitableDirectory(path, reason: "'store' in it holds old files")
        }
        let store = try Self.directory("store", mode: 0o755, in: root, path, &open)
        var directory = BuildDirectory(request, open, build: build, store: store)
        for input in request.inputs { try directory.place(input) }
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

    /// Opens a subdirectory, made when missing, with exactly this mode and no access list.
    private static func directory(
        _ name: String, mode: mode_t, in root: Int32, _ path: String,
        _ descriptors: inout Descriptors
    ) throws(SandboxError) -> Int32 {
        if unsafe mkdirat(root, name, mode) != 0, errno != EEXIST {
            throw .system(operation: "create", path: "\(path)/\(name)", errno: errno)
        }
        let number = unsafe descriptors.own(
            try SystemCall.check(
                openat(root, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), "open",
                "\(path)/\(name)"))
        nodeos_remove_acl(number)
        try SystemCall.check(fchmod(number, mode), "change mode of", "\(path)/\(name)")
        return number
    }

    private mutating func place(_ input: BuildRequest.Input) throws(SandboxError) {
        guard let status = try SystemCall.status(of: input.hostPath) else {
            throw .unsuitableInput(input.hostPath, reason: "it does not exist")
        }
        let placeholder: Placeholder
        switch status.st_mode & S_IFMT {
        case S_IFDIR: placeholder = .directory
        case S_IFREG: placeholder = .file
        case S_IFLNK: placeholder = .link(target: try SystemCall.target(of: input.hostPath))
        default:
            throw .unsuitableInput(
                input.hostPath, reason: "it is neither a file, a directory nor a symbolic link")
        }
        let isInStore = request.isInStore(input.sandboxPath)
        if case .link(let target) = placeholder {
            if !isInStore { links.append((input.sandboxPath, target)) }
        } else {
            binds.append(input)
        }
        guard isInStore else { return }
        let name = String(input.sandboxPath.dropFirst(request.storeDirectory.count + 1))
        try create(placeholder, name)
        placeholders.append((name, placeholder))
    }

    private func create(_ placeholder: Placeholder, _ name: String) throws(SandboxError) {
        let path = request.hostStoreDirectory + "/" + name
        switch placeholder {
        case .directory:
            unsafe try SystemCall.check(mkdirat(store, name, 0o755), "create", path)
        case .file:
            unsafe try SystemCall.check(mknodat(store, name, S_IFREG | 0o644, 0), "create", path)
        case .link(let target):
            let text = target.map { CChar(bitPattern: $0) } + [0]
            try SystemCall.check(unsafe symlinkat(text, store, name), "create", path)
        }
    }

    /// Removes the mount points, and tells which outputs are missing.
    ///
    /// - Throws: `inputReplaced` when one was exchanged, which only those for symbolic links can be.
    consuming func tidy() throws(SandboxError) -> [String] {
        // The builder may have locked itself, and the caller, out.
        fchmod(build, 0o700)
        fchmod(store, 0o755)
        var replaced: String?
        for (name, placeholder) in placeholders {
            let path = request.storeDirectory + "/" + name
            if case .link(let target) = placeholder,
                (try? SystemCall.target(of: name, in: store)) != target
            {
                replaced = path
            } else {
                let isDirectory = if case .directory = placeholder { true } else { false }
                unsafe unlinkat(store, name, isDirectory ? AT_REMOVEDIR : 0)
            }
        }
        if let replaced { throw .inputReplaced(replaced) }
        var missing: [String] = []
        for output in request.outputs.sorted() {
            let name = String(output.dropFirst(request.storeDirectory.count + 1))
            if try SystemCall.status(of: name, in: store) == nil { missing.append(output) }
        }
        return missing
    }
}
