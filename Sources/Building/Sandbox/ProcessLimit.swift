import CKernel
import Glibc

/// By what the number of a build's processes is limited on this machine, for this user.
package enum ProcessLimit: Hashable, Sendable {
    /// A control group of each build's own, made in this directory. Counts everybody's processes, root's too.
    case controlGroup(parent: String)
    /// `RLIMIT_NPROC`, which the kernel does not ask of root.
    case resourceLimit
    /// Nothing: this user's builds may have as many as the machine.
    case unlimited(reason: String)

    /// What works here.
    static func current() -> ProcessLimit {
        var reason = "the kernel exempts root from RLIMIT_NPROC"
        if geteuid() == 0 {
            do throws(SandboxError) {
                if let parent = try ProcessGroup.parent() { return .controlGroup(parent: parent) }
                reason += ", and there is no control group with the 'pids' controller"
            } catch {
                reason += ", and no control group can be made (\(error))"
            }
        }
        return nodeos_counts_processes() != 0 ? .resourceLimit : .unlimited(reason: reason)
    }
}
