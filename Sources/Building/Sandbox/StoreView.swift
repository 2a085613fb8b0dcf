import CKernel
import Glibc
import Primitives
import Synchronization

/// A store directory as builds see it, one after another: their inputs are mounted in it, and they make their
/// outputs there. What the next build has in common with the last one stays mounted, which is what a build with
/// hundreds of inputs would else spend its time on (`docs/decisions/0003-a-sandbox-of-our-own.md`).
final class StoreView: Sendable {
    /// Its directory, of mode 0700.
    private let place: Place
    private let socket: Spawner.Socket
    private let process: pid_t
    /// What a builder could leave to the next one at the store directory itself.
    private let marks: Marks
    private let last = Mutex((inputCount: 0, hasLinks: false))

    /// How many inputs the last build had.
    var inputCount: Int { last.withLock { $0.inputCount } }
    /// The store directory without what is mounted in it: places for the inputs, and outputs.
    private var store: Int32 { place.store }

    /// The directories of a view; its process removes them, also when this one was killed.
    private struct Place: ~Copyable, Sendable {
        let path: String
        let store: Int32
        let descriptors: Descriptors

        /// Makes them in a directory: locked and with a name of their own in one that others use, too.
        static func make(
            in directory: String, isShared: Bool
        ) throws(SandboxError) -> Place {
            var open = Descriptors()
            let parent = try open.open(directory, O_RDONLY | O_DIRECTORY)
            var name: String
            var own: Int32
            var isOurs: Bool
            repeat {
                name =
                    isShared
                    ? "view-\(getpid())-" + String(UInt64.random(in: .min ... .max), radix: 36)
                    : "view"
                own = try open.makeDirectory(name, mode: 0o700, in: parent, directory)
                // Who cleans up after the dead may have found it before it was locked: then another.
                isOurs = isShared ? try Self.lock(own, name, in: parent) : true
            } while !isOurs
            let path = "\(directory)/\(name)"
            let store = try open.makeDirectory("store", mode: 0o755, in: own, path)
            return Place(path: path, store: store, descriptors: open)
        }

        private static func lock(
            _ directory: Int32, _ name: String, in parent: Int32
        ) throws(SandboxError) -> Bool {
            var status = stat()
            guard flock(directory, LOCK_EX | LOCK_NB) == 0, unsafe fstat(directory, &status) == 0,
                let found = try SystemCall.status(of: name, in: parent)
            else { return false }
            return found.st_ino == status.st_ino && found.st_dev == status.st_dev
        }

        /// Removes what nobody else can any more.
        func remove() {
            unsafe rmdir((path + "/store").systemPath)
            unsafe rmdir(path.systemPath)
        }
    }

    /// What a directory has beside its entries, its mode and its times.
    private struct Marks: Equatable {
        let flags: Int
        let attributes: [UInt8]

        init(of directory: Int32) throws(SandboxError) {
            flags = nodeos_inode_flags(directory)
            var names: [CChar] = []
            var count = flistxattr(directory, nil, 0)
            if count > 0 {
                // Nobody adds to them now.
                names = [CChar](repeating: 0, count: count)
                count = unsafe flistxattr(directory, &names, names.count)
            }
            guard count >= 0 || errno == EOPNOTSUPP else {
                throw .system(operation: "list attributes of", path: nil, errno: errno)
            }
            attributes = names.map { UInt8(bitPattern: $0) }
        }
    }

    /// Makes one without inputs.
    ///
    /// - Parameters:
    ///   - directory: where its own directory is made, on the file system of the outputs.
    ///   - isShared: whether others use that, too.
    init(in directory: String, isShared: Bool, by spawner: Spawner) throws(SandboxError) {
        place = try Place.make(in: directory, isShared: isShared)
        marks = try Marks(of: place.store)
        var theirs: Int32 = -1
        socket = try Spawner.Socket(other: &theirs)
        let path = place.path + "/store"
        let started = Result { () throws(SandboxError) in
            try spawner.startView(over: path, theirs)
        }
        // Before anything is waited for: while it is open here, nobody is gone.
        close(theirs)
        do throws(SandboxError) {
            process = try started.get()
            var report = nodeos_build_report()
            _ = try Spawner.check(unsafe nodeos_await_view(socket.number, &report))
            if report.error != 0 { throw Sandbox.failure(report) }
        } catch {
            place.remove()
            throw error
        }
    }

    deinit {
        shutdown(socket.number, Int32(SHUT_RDWR))
        var status: Int32 = 0
        while unsafe waitpid(process, &status, 0) < 0, errno == EINTR {}
    }

    /// Starts process 1 of a build that sees these inputs and no others.
    func start(_ what: nodeos_spawn, inputCount: Int) throws(SandboxError) -> pid_t {
        var what = what
        let started = unsafe nodeos_start_build(socket.number, &what)
        last.withLock { $0 = (inputCount, started.links > 0) }
        return try Spawner.check(started.process)
    }

    /// Moves what an earlier build left in a directory into the store directory of the next one.
    func takeOver(_ directory: Int32) throws(SandboxError) {
        for name in try SystemCall.entries(of: directory) {
            try Self.move(name, from: directory, to: store)
        }
    }

    /// Moves what a builder made into a directory.
    ///
    /// - Returns: whether nothing is left of the build: only then may another one see this view.
    /// - Throws: `inputReplaced` when an input was exchanged, which only symbolic links can be.
    func moveOutputs(of request: BuildRequest, to directory: Int32) throws(SandboxError) -> Bool {
        // The builder may have locked itself, and the caller, out.
        fchmod(store, 0o755)
        if last.withLock({ $0.hasLinks }) { try checkLinks(request) }
        for output in request.outputs {
            guard let name = BuildRequest.name(of: output, in: request.storeDirectory) else {
                continue
            }
            try Self.move(name, from: store, to: directory)
        }
        guard nodeos_count_entries(store) != request.storeInputs.count else {
            return try Marks(of: store) == marks
        }
        let inputs = Set(request.storeInputs.map(\.name))
        for name in try SystemCall.entries(of: store) where !inputs.contains(name) {
            try Self.move(name, from: store, to: directory)
        }
        return false
    }

    private func checkLinks(_ request: BuildRequest) throws(SandboxError) {
        for input in request.storeInputs {
            guard let status = try SystemCall.status(of: input.hostPath),
                status.st_mode & S_IFMT == S_IFLNK
            else { continue }
            let target: [UInt8]?
            do throws(SandboxError) {
                target = try SystemCall.target(of: input.name, in: store)
            } catch .system(_, _, ENOENT), .system(_, _, EINVAL) {
                // It is gone, or something else than a link.
                target = nil
            }
            if try target != SystemCall.target(of: input.hostPath) {
                throw .inputReplaced("\(request.storeDirectory)/\(input.name)")
            }
        }
    }

    /// Moves an entry, if it is there.
    private static func move(
        _ name: String, from old: Int32, to new: Int32
    ) throws(SandboxError) {
        let path = name.systemPath
        var result = unsafe renameat(old, path, new, path)
        if result != 0, errno == EACCES, let status = try SystemCall.status(of: name, in: old) {
            // The entry of its parent in a directory changes, which its mode may forbid.
            unsafe fchmodat(old, path, status.st_mode | 0o700, 0)
            result = unsafe renameat(old, path, new, path)
            unsafe fchmodat(result == 0 ? new : old, path, status.st_mode, 0)
        }
        guard result == 0 || errno == ENOENT else {
            throw .system(operation: "move", path: name, errno: errno)
        }
    }
}
