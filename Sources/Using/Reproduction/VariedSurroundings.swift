import Archives
package import Audits
import Glibc
import Primitives
package import Realisation
import Sandbox

/// How each variation is done, without privileges: the places and numbers of one run.
package final class VariedSurroundings: Sendable {
    /// What builders are told when the number of cores is not varied.
    let cores: Int
    private let elsewhere: WorkDirectory
    private let inMemory: WorkDirectory

    /// Inputs of more bytes in all are not copied to vary the order of their directories: the copies
    /// may lie in memory.
    private static let copiedBytes: UInt64 = 256 << 20
    /// A memory file system with less free space than this, in bytes, is not used.
    private static let neededBytes: UInt64 = 2 << 30
    private static let memory = "/dev/shm"

    /// Makes the directories that builds lie in when their place is varied.
    ///
    /// - Parameters:
    ///   - cores: how many cores a builder is told that it may use.
    ///   - scratch: where directories can be made, absolute.
    /// - Throws: ``ArchivesError/system(operation:path:code:)``.
    package init(cores: Int, scratch: String) throws {
        self.cores = cores
        elsewhere = try WorkDirectory(in: scratch)
        inMemory = try WorkDirectory(in: Self.isUsable(Self.memory) ? Self.memory : scratch)
    }

    /// The surroundings with these varied, and the number of cores that the builder is told.
    package func callAsFunction(_ variations: [Variation]) -> (BuildSurroundings, cores: Int) {
        var result = BuildSurroundings()
        var cores = cores
        for variation in variations {
            switch variation {
            case .time: result.variables["TZ"] = "AUD-13:45"
            case .cores:
                cores = cores == 1 ? 2 : 1
                result.conditions.processorCount = 1
            case .kernelName:
                result.conditions.hostName = "another-machine"
                result.conditions.reportsOldKernel = true
            case .pathRoot: result.directory = result.directory ?? elsewhere.path
            case .umask: result.conditions.creationMask = 0o077
            case .locale:
                for name in ["LANG", "LC_ALL"] { result.variables[name] = "fr_CH.UTF-8" }
                result.variables["LANGUAGE"] = "fr_CH:fr"
            case .order:
                result.directory = inMemory.path
                result.copiedInputBytes = Self.copiedBytes
            }
        }
        return (result, cores)
    }

    /// Whether programs can be run from a file system that has room.
    private static func isUsable(_ path: String) -> Bool {
        var status = statvfs()
        guard unsafe statvfs(path.systemPath, &status) == 0,
            unsafe access(path.systemPath, W_OK) == 0
        else {
            return false
        }
        let noExecution: UInt = 8  // ST_NOEXEC of sys/statvfs.h, an enumeration that Swift renames
        return status.f_flag & noExecution == 0
            && UInt64(status.f_bavail) * UInt64(status.f_frsize) >= neededBytes
    }
}
