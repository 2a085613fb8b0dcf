import CKernel
import Glibc
import Primitives
import Synchronization

/// The small process that starts the builds of this one (`nodeos_start_spawner`). It is started early: what this
/// process holds by then is all that a build's first process has to be given a copy of.
final class Spawner: Sendable {
    private let socket: Socket
    private let process: pid_t
    /// One question at a time: the answers have no names.
    private let turn = Mutex(())

    private struct Socket: ~Copyable, Sendable {
        let number: Int32
        deinit { close(number) }
    }

    /// Starts it.
    ///
    /// - Parameter groups: where the control groups of builds are made, if they are.
    init(groups: String?) throws(SandboxError) {
        var ends: (Int32, Int32) = (-1, -1)
        try SystemCall.checkNegated(
            unsafe nodeos_socket_pair(&ends.0, &ends.1), "create a socket pair")
        let path = CStrings(groups.map { [$0.systemBytes] } ?? [])
        let theirs = ends.1
        let child = unsafe path.withPointer { path in
            unsafe nodeos_start_spawner(theirs, path.pointee, ProcessGroup.ownPrefix)
        }
        close(theirs)
        socket = Socket(number: ends.0)
        process = try SystemCall.checkNegated(child, "start a process")
    }

    deinit {
        // One that is gone is only waited for.
        _ = nodeos_end_spawner(socket.number)
        var status: Int32 = 0
        while unsafe waitpid(process, &status, 0) < 0, errno == EINTR {}
    }

    /// Starts process 1 of a build, which is to be waited for as a child of this process.
    func start(_ what: nodeos_spawn) throws(SandboxError) -> pid_t {
        let result = turn.withLock { _ in
            var what = what
            return unsafe nodeos_spawn(socket.number, &what)
        }
        switch result {
        case -EPIPE: throw .spawnerDied
        case -EPERM, -ENOSPC, -EUSERS, -EINVAL, -ENOSYS, -EACCES:
            throw .userNamespacesUnavailable(
                message: "making namespaces: \(SandboxError.text(-result))")
        default: return try SystemCall.checkNegated(result, "start a process")
        }
    }
}
