import Glibc
import Primitives

/// The processors that this process may use.
package enum Processors {
    /// How many may work for this process at the same time, at least one: those that it may run on
    /// (`taskset`, a container's set), and no more than the quota of its control groups pays for.
    package static var count: Int {
        let file = { (path: String) -> String? in
            // What cannot be read limits nothing that is known here.
            (try? FileBytes.read(path: path, limit: 1 << 20)).map {
                String(decoding: $0, as: UTF8.self)
            }
        }
        let limits = [
            file("/proc/self/status").flatMap { affinity(status: $0) },
            file("/proc/self/cgroup").flatMap { quota(groups: $0, read: file) },
        ]
        let online = Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        return max(1, limits.compactMap(\.self).reduce(online, min))
    }

    /// How many processors the scheduler may choose from; `nil` where that is not said. The kernel
    /// counts those that are switched off, too.
    ///
    /// - Parameter status: the text of `/proc/self/status`.
    package static func affinity(status: String) -> Int? {
        let name = "Cpus_allowed:"
        guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix(name) }) else {
            return nil
        }
        let count = line.dropFirst(name.count).reduce(0) {
            $0 + ($1.hexDigitValue?.nonzeroBitCount ?? 0)
        }
        return count > 0 ? count : nil
    }

    /// How many processors the control groups give time of, rounded up; `nil` for no limit.
    ///
    /// - Parameters:
    ///   - groups: the text of `/proc/self/cgroup`.
    ///   - read: the text of a file; `nil` where there is none.
    package static func quota(groups: String, read: (String) -> String?) -> Int? {
        var least: Int?
        func note(_ quota: Substring?, _ period: Substring?) {
            guard let quota = quota.flatMap({ Double($0) }), quota > 0,
                let period = period.flatMap({ Double($0) }), period > 0, quota / period < 1e6
            else { return }
            least = min(least ?? .max, max(1, Int((quota / period).rounded(.up))))
        }
        for line in groups.split(separator: "\n") {
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { continue }
            let isUnified = fields[1].isEmpty
            guard isUnified || fields[1].split(separator: ",").contains("cpu") else { continue }
            let mount = isUnified ? "/sys/fs/cgroup" : "/sys/fs/cgroup/cpu"
            // A group has no more than those that hold it. Seen from a container, the path may begin
            // outside of what is mounted; then the mount itself is the group.
            var parts = String(fields[2]).pathComponents[...]
            while true {
                let folder = parts.reduce(mount) { $0 + "/" + $1 }
                if isUnified {
                    let words = read(folder + "/cpu.max")?.split(whereSeparator: \.isWhitespace)
                    note(words?.first, words?.last)
                } else {
                    func number(_ name: String) -> Substring? {
                        read(folder + "/" + name)?.split(whereSeparator: \.isWhitespace).first
                    }
                    note(number("cpu.cfs_quota_us"), number("cpu.cfs_period_us"))
                }
                if parts.popLast() == nil { break }
            }
        }
        return least
    }

    /// How many threads may work at the same time: one for each processor, at most 64, or as many as
    /// the limits of memory and processes leave.
    ///
    /// The library that runs tasks waits without a word for a thread that it does not get, so this
    /// tries first.
    ///
    /// - Throws: ``HostError/noThreads(_:)`` when there is not one.
    package static func workers() throws(HostError) -> Int {
        // Two more, for what the library does beside the tasks.
        let (possible, code) = threads(min(64, count) + 2)
        guard possible > 2 else { throw .noThreads(code) }
        return possible - 2
    }

    /// Makes sure that the one thread can be had that every question to the database takes.
    package static func requireThread() throws(HostError) {
        let (possible, code) = threads(1)
        guard possible > 0 else { throw .noThreads(code) }
    }

    /// Starts threads that end when all have begun.
    ///
    /// - Returns: how many of `wanted` could be started, and why not more.
    private static func threads(_ wanted: Int) -> (Int, Int32) {
        var gate = unsafe pthread_mutex_t()
        unsafe pthread_mutex_init(&gate, nil)
        defer { unsafe pthread_mutex_destroy(&gate) }
        return unsafe withUnsafeMutablePointer(to: &gate) { gate in
            unsafe pthread_mutex_lock(gate)
            var started: [pthread_t] = []
            var code: Int32 = 0
            while started.count < wanted, code == 0 {
                var thread = pthread_t()
                code = unsafe pthread_create(
                    &thread, nil,
                    { argument in
                        guard
                            let gate = unsafe argument?.assumingMemoryBound(
                                to: pthread_mutex_t.self)
                        else { return nil }
                        unsafe pthread_mutex_lock(gate)
                        unsafe pthread_mutex_unlock(gate)
                        return nil
                    }, gate)
                if code == 0 { started.append(thread) }
            }
            unsafe pthread_mutex_unlock(gate)
            for thread in started { pthread_join(thread, nil) }
            return (started.count, code)
        }
    }
}
