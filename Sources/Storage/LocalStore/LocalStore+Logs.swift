import Archives
import Glibc
package import Primitives
import StoreDatabase
package import StoreModel

/// How much of a log there was to read.
package enum BuildLogState: Hashable, Sendable {
    /// All of it.
    case whole
    /// What a build that still runs has printed so far.
    case running
    /// What a build had printed when it was killed.
    case brokenOff
}

extension LocalStore {
    /// The compression of the logs of this program.
    static let logSuffix = ".zst"
    /// What the name of a running build's log ends in.
    static let runningLogSuffix = ".partial"
    /// The compressions a log may have; the first is ours, Nix uses the second.
    private static let suffixes = [logSuffix, ".bz2", ".gz", ".xz", ""]

    /// Begins the log of a build of `derivation`.
    package func makeLog(of derivation: StorePath) throws -> BuildLogWriter {
        let (folder, file) = layout.logName(of: derivation)
        return try BuildLogWriter(
            file, in: .making(layout.logDirectory + "/" + folder),
            relativePath: "log/drvs/\(folder)/\(file)\(Self.logSuffix)")
    }

    /// Writes the log of a derivation, or of the derivation that made or would make an output,
    /// into `sink`: that of the build that runs now, or else of the last one.
    ///
    /// - Parameter follows: whether to wait for what a running build has still to print.
    /// - Throws: ``LocalStoreError/missingLog(_:)``, or why it cannot be read.
    @discardableResult
    package func readLog<Sink: ByteSink & ~Copyable>(
        of path: StorePath, into sink: inout Sink, follows: Bool = false
    ) throws -> BuildLogState {
        let derivations = try derivations(for: path)
        for derivation in derivations {
            guard var running = try runningLog(of: derivation), Self.isBeingWritten(running)
            else { continue }
            let count = try Self.copy(&running, into: &sink, follows: follows)
            guard follows else { return .running }
            // The lock is free: the plain file is gone when the build came to its end.
            if try isThere(logPath(of: derivation, Self.runningLogSuffix)) { return .brokenOff }
            if var source = try finishedLog(of: derivation) {
                try Self.copy(&source, into: &sink, skipping: count)
            }
            return .whole
        }
        for derivation in derivations {
            guard var source = try finishedLog(of: derivation) else { continue }
            try Self.copy(&source, into: &sink, skipping: 0)
            return .whole
        }
        for derivation in derivations {
            guard var leftover = try runningLog(of: derivation) else { continue }
            _ = try Self.copy(&leftover, into: &sink, follows: false)
            return .brokenOff
        }
        throw LocalStoreError.missingLog(path)
    }

    /// Whether a finished log of exactly this derivation is kept.
    package func hasLog(of derivation: StorePath) throws -> Bool {
        try Self.suffixes.contains { try isThere(logPath(of: derivation, $0)) }
    }

    private func logPath(of derivation: StorePath, _ suffix: String) -> String {
        let (folder, file) = layout.logName(of: derivation)
        return "\(layout.logDirectory)/\(folder)/\(file)\(suffix)"
    }

    private func finishedLog(of derivation: StorePath) throws -> DecompressingSource? {
        for suffix in Self.suffixes {
            let path = logPath(of: derivation, suffix)
            guard try isThere(path) else { continue }
            let location = try TreeLocation(path)
            // Not through a path: who waits for what a named pipe will say waits for ever.
            let file = try location.parent.openFile(location.name)
            guard case .regular = try file.status().kind else {
                throw LocalStoreError.notALog(path: path)
            }
            return try DecompressingSource(FileSource(file), name: path)
        }
        return nil
    }

    /// The log of a build that runs, or was killed.
    private func runningLog(of derivation: StorePath) throws -> OpenFile? {
        let path = logPath(of: derivation, Self.runningLogSuffix)
        // The build may end at any moment, and the file with it.
        let opened = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        if opened < 0 {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw LocalStoreError.system(operation: "open", path: path, code: errno)
        }
        let file = OpenFile(owning: opened, path: path)
        guard case .regular = try file.status().kind else {
            throw LocalStoreError.notALog(path: path)
        }
        return file
    }

    /// Whether a build holds the lock of its log.
    private static func isBeingWritten(_ file: borrowing OpenFile) -> Bool {
        guard flock(file.rawValue, LOCK_SH | LOCK_NB) != 0 else {
            _ = flock(file.rawValue, LOCK_UN)
            return false
        }
        return errno == EWOULDBLOCK
    }

    /// Copies what is there, and with `follows` what comes until the build lets go of the log.
    ///
    /// - Returns: the number of bytes.
    private static func copy<Sink: ByteSink & ~Copyable>(
        _ running: inout OpenFile, into sink: inout Sink, follows: Bool
    ) throws -> Int {
        var total = 0
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            // Asked before reading: what was written before the lock went is still read.
            let goesOn = follows && isBeingWritten(running)
            while case let count = try running.read(into: &buffer, count: buffer.count), count > 0 {
                try sink.write(buffer.span.extracting(0..<count))
                total += count
            }
            guard goesOn else { return total }
            // Files have no event to wait for that every file system has.
            usleep(100_000)
        }
    }

    /// Copies a finished log but its first `skipping` bytes.
    private static func copy<Sink: ByteSink & ~Copyable>(
        _ source: inout DecompressingSource, into sink: inout Sink, skipping: Int
    ) throws {
        var rest = skipping
        var buffer = [UInt8](repeating: 0, count: 65536)
        while case let count = try source.read(into: &buffer), count > 0 {
            let start = min(rest, count)
            rest -= start
            if start < count { try sink.write(buffer.span.extracting(start..<count)) }
        }
    }

    private func derivations(for path: StorePath) throws -> [StorePath] {
        if path.isDerivation { return [path] }
        var derivations = try database.validDerivers(of: path)
        if let deriver = try database.info(path)?.deriver {
            // The one that made it first.
            derivations.removeAll { $0 == deriver }
            derivations.insert(deriver, at: 0)
        }
        return derivations
    }
}
