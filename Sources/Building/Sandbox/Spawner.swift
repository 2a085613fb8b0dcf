import CKernel
import Glibc
import Primitives
import Synchronization

/// The small process that starts those that keep views (`nodeos_start_spawner`). It is started early: what this
/// process holds by then is all that each of those has to be given a copy of.
final class Spawner: Sendable {
    private let socket: Socket
    private let process: pid_t
    /// One question at a time: the answers have no names.
    private let turn = Mutex(())

    /// One end of a pair, closed with the value.
    struct Socket: ~Copyable, Sendable {
        let number: Int32
        deinit { close(number) }

        /// Makes a pair: one end to keep, and in `other` the number of the other, which is the caller's to close.
        init(other: inout Int32) throws(SandboxError) {
            var own: Int32 = -1
            try SystemCall.checkNegated(
                unsafe nodeos_socket_pair(&own, &other), "create a socket pair")
            number = own
        }
    }

    /// The builder's user and group, which are the caller's to the machine.
    private static let user: UInt32 = 1000
    private static let group: UInt32 = 100

    /// Starts it.
    ///
    /// - Parameter groups: where the control groups of builds are made, if they are.
    init(groups: String?) throws(SandboxError) {
        var theirs: Int32 = -1
        socket = try Socket(other: &theirs)
        let path = CStrings(groups.map { [$0.systemBytes] } ?? [])
        let child = unsafe path.withPointer { path in
            unsafe nodeos_start_spawner(theirs, path.pointee, ProcessGroup.ownPrefix)
        }
        close(theirs)
        process = try SystemCall.checkNegated(child, "start a process")
    }

    deinit {
        // One that is gone is only waited for.
        _ = nodeos_end_spawner(socket.number)
        var status: Int32 = 0
        while unsafe waitpid(process, &status, 0) < 0, errno == EINTR {}
    }

    /// Starts a process that keeps a view over a directory of the host: a child of this process, to be asked
    /// and ended through the other end of `socket`.
    func startView(over directory: String, _ socket: Int32) throws(SandboxError) -> pid_t {
        let result = turn.withLock { _ in
            unsafe nodeos_start_view(
                self.socket.number, socket, directory.systemPath, Self.user, Self.group)
        }
        return try Self.check(result)
    }

    /// A process id, or what the kernel said to making a process with namespaces of its own.
    static func check(_ result: pid_t) throws(SandboxError) -> pid_t {
        switch result {
        case -EPIPE: throw .spawnerDied
        case -EPERM, -ENOSPC, -EUSERS, -EINVAL, -ENOSYS, -EACCES:
            throw .userNamespacesUnavailable(
                message: "making namespaces: \(SandboxError.text(-result))")
        default: return try SystemCall.checkNegated(result, "start a process")
        }
    }
}
