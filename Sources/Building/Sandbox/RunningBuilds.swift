import Glibc
import Primitives
import Synchronization

/// The builds of this process, so that they stop when it is stopped (Ctrl-Z): they have sessions of their own,
/// which no key of the terminal reaches. There is one list for the process, as its signals are its own.
package final class RunningBuilds: Sendable {
    private struct Contents {
        var first: Set<pid_t> = []
        var stoppedTime = Duration.zero
    }

    private let contents = Mutex(Contents())

    /// The builds of this process.
    package static let all = RunningBuilds()

    /// Stops all processes of the builds, calls `body`, which stops this one, and lets them go on. Time limits
    /// do not count what passes meanwhile.
    package func stopped(while body: () -> Void) {
        contents.withLock { contents in
            let stopped = contents.first.flatMap(Self.stop)
            let clock = SuspendingClock()
            let start = clock.now
            body()
            contents.stoppedTime += start.duration(to: clock.now)
            for process in stopped { kill(process, SIGCONT) }
        }
    }

    /// How long builds were stopped, in all.
    var stoppedTime: Duration { contents.withLock { $0.stoppedTime } }

    /// Adds process 1 of a build, which `start` starts.
    func add(_ start: () throws(SandboxError) -> pid_t) throws(SandboxError) -> pid_t {
        // In the lock: what starts beside a stop would go on.
        try contents.withLock { contents throws(SandboxError) in
            let process = try start()
            contents.first.insert(process)
            return process
        }
    }

    /// Forgets one that is about to be waited for.
    func remove(_ process: pid_t) { contents.withLock { _ = $0.first.remove(process) } }

    /// Stops what runs below process 1 of a build, but not itself: it watches over this process. Returns the
    /// processes that were not stopped before.
    private static func stop(below first: pid_t) -> [pid_t] {
        var stopped: Set<pid_t> = []
        // A signal is no more than a wish: a process may still be starting another. So all are looked at until
        // none runs, but for one that the kernel does not let go, and that starts nothing meanwhile.
        for _ in 0..<1000 {
            let running = descendants(of: first).filter(isRunning)
            if running.isEmpty { break }
            for process in running where kill(process, SIGSTOP) == 0 { stopped.insert(process) }
            usleep(1000)
        }
        return Array(stopped)
    }

    private static func descendants(of process: pid_t) -> [pid_t] {
        var found: [pid_t] = []
        var pending = [process]
        while let next = pending.popLast() {
            let children = threads(of: next).flatMap { thread in
                text("/proc/\(next)/task/\(thread)/children").split(separator: " ").compactMap {
                    pid_t($0)
                }
            }
            found += children
            pending += children
        }
        return found
    }

    private static func threads(of process: pid_t) -> [String] {
        guard let directory = unsafe opendir("/proc/\(process)/task") else { return [] }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
                unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) {
                    unsafe String(systemString: $0)
                }
            }
            if name.utf8.first != UInt8(ascii: ".") { names.append(name) }
        }
        return names
    }

    /// Whether a process is neither stopped nor ended, by `/proc/PID/stat`, whose third field follows the
    /// program's name in brackets.
    private static func isRunning(_ process: pid_t) -> Bool {
        let rest = text("/proc/\(process)/stat").utf8.reversed().prefix { $0 != UInt8(ascii: ")") }
        guard let state = rest.dropLast().last else { return false }
        return !"TtZX".utf8.contains(state)
    }

    /// The text of a file in `/proc`; empty when the process has gone meanwhile.
    private static func text(_ path: String) -> String {
        // Whatever keeps it from being read: there is nothing to stop then.
        String(systemBytes: (try? SystemCall.contents(of: path)) ?? [])
    }
}
