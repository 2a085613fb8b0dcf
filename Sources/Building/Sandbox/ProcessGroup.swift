import Glibc
import Primitives
import Synchronization

/// The control group of one build, which limits the number of its processes (cgroups(7), version 1 or 2). It is
/// removed with the value; by the spawner too, which outlives this program when that is killed.
final class ProcessGroup {
    /// Its directory.
    let path: String
    /// Its `cgroup.procs`, open for writing.
    let members: Int32
    private var descriptors = Descriptors()

    private static let prefix = "nodeos-build-"
    /// How the names of this process's groups begin.
    static var ownPrefix: String { "\(prefix)\(getpid())-" }
    private static let made = Atomic(0)

    /// Makes one for at most `processes`, in a directory that ``parent()`` found.
    init(in parent: String, processes: Int) throws(SandboxError) {
        let number = Self.made.add(1, ordering: .relaxed).newValue
        let path = "\(parent)/\(Self.ownPrefix)\(number)"
        try SystemCall.check(unsafe mkdir(path.systemPath, 0o755), "create control group", path)
        do throws(SandboxError) {
            // Version 2: one that may have processes beside those of its parent.
            if unsafe access((parent + "/cgroup.type").systemPath, F_OK) == 0 {
                try Self.write("threaded", to: path + "/cgroup.type")
            }
            try Self.write("\(processes)", to: path + "/pids.max")
            members = try descriptors.open(path + "/cgroup.procs", O_WRONLY)
        } catch {
            unsafe rmdir(path)
            throw error
        }
        self.path = path
    }

    deinit { unsafe rmdir(path) }

    /// The directory in which this process may make control groups that count processes: its own group, so that
    /// what limits it limits its builds. What killed processes left there is removed.
    ///
    /// - Returns: `nil` when nothing counts processes here.
    /// - Throws: why none can be made.
    static func parent() throws(SandboxError) -> String? {
        let own = String(
            decoding: try SystemCall.contents(of: "/proc/self/cgroup"), as: UTF8.self)
        for line in own.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            let place = parts[2] == "/" ? "" : String(parts[2])
            var candidates: [String] = []
            if parts[1].split(separator: ",").contains("pids") {
                // In a container the path may be that of the host, whose part the mount shows.
                let mount = "/sys/fs/cgroup/" + parts[1]
                candidates = [mount + place, mount]
            } else if parts[1].isEmpty {
                candidates = ["/sys/fs/cgroup" + place]
            }
            for candidate in candidates {
                guard try SystemCall.status(of: candidate + "/cgroup.procs") != nil else {
                    continue
                }
                if parts[1].isEmpty {
                    guard try offersPIDs(candidate) else { continue }
                }
                try removeLeftovers(in: candidate)
                // Says now what would stop each build.
                _ = try ProcessGroup(in: candidate, processes: 1)
                return candidate
            }
        }
        return nil
    }

    /// Whether groups below `group`, of version 2, can count processes; sees to it that they do.
    private static func offersPIDs(_ group: String) throws(SandboxError) -> Bool {
        func lists(_ name: String) throws(SandboxError) -> Bool {
            let text = String(
                decoding: try SystemCall.contents(of: "\(group)/\(name)"), as: UTF8.self)
            return text.split(whereSeparator: \.isWhitespace).contains("pids")
        }
        guard try lists("cgroup.controllers") else { return false }
        if try !lists("cgroup.subtree_control") {
            try write("+pids", to: group + "/cgroup.subtree_control")
        }
        return true
    }

    /// Removes groups of processes that are gone. One with members cannot be removed.
    private static func removeLeftovers(in parent: String) throws(SandboxError) {
        guard let directory = unsafe opendir(parent.systemPath) else {
            throw .system(operation: "read", path: parent, errno: errno)
        }
        defer { unsafe closedir(directory) }
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) {
                unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard name.hasPrefix(prefix),
                let owner = pid_t(name.dropFirst(prefix.count).prefix { $0 != "-" }),
                kill(owner, 0) != 0, errno == ESRCH
            else { continue }
            unsafe rmdir(parent + "/" + name)
        }
    }

    private static func write(_ text: String, to path: String) throws(SandboxError) {
        var descriptors = Descriptors()
        let file = try descriptors.open(path, O_WRONLY)
        let bytes = Array(text.utf8)
        let count = unsafe bytes.withUnsafeBytes {
            unsafe Glibc.write(file, $0.baseAddress, $0.count)
        }
        guard count == bytes.count else {
            throw .system(operation: "write to", path: path, errno: errno)
        }
    }
}
