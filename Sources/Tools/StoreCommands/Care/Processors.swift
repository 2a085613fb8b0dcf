import Glibc

/// The processors of this machine.
enum Processors {
    /// How many work at the same time, at most 64.
    static var count: Int { max(1, min(64, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))) }
}
