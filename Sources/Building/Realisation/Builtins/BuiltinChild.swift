import Glibc
import Primitives
import Sandbox
import Substitutes
import Synchronization
import SystemSupport

/// The child of a builtin builder: a ``BuiltinProgram``, started inside the sandbox with one job.
public enum BuiltinChild {
    /// The hidden subcommand that the parent starts.
    static let subcommand = "__builtin"

    private static let hasAnswered = Atomic(false)

    /// Whether this program is known to do the work of builtins when it is started for that.
    static var isAnswered: Bool { hasAnswered.load(ordering: .relaxed) }

    /// Does the work of a builtin builder, if that is what this program was started for: the first thing
    /// that a program does which is its own ``BuiltinProgram``.
    ///
    /// ```swift
    /// if let status = BuiltinChild.answer(Array(CommandLine.arguments.dropFirst())) { exit(status) }
    /// ```
    ///
    /// - Parameter arguments: those of the program, without its name.
    /// - Returns: the exit status to end with; `nil` when it was started for something else.
    public static func answer(_ arguments: [String]) -> Int32? {
        hasAnswered.store(true, ordering: .relaxed)
        guard arguments.first == subcommand, arguments.count == 2 else { return nil }
        guard arguments[1] != ProgramImage.question else { return ProgramImage.answer() }
        return run(jobFile: arguments[1])
    }

    /// The exit status for bytes with another hash than stated.
    static let hashMismatchStatus: Int32 = 102
    /// The exit status for a source that no place gave.
    static let notFoundStatus: Int32 = 103

    /// Does the job in `jobFile`; messages for people and for the parent go to standard output.
    ///
    /// - Returns: the exit status.
    static func run(jobFile: String) -> Int32 {
        do {
            switch try BuiltinJob(json: HostFile.read(jobFile)) {
            case .fetch(let job): try fetch(job)
            case .unpack(let job): try unpack(job)
            }
            return 0
        } catch let error as DownloadError where error.isHashMismatch {
            say("\(error)")
            return hashMismatchStatus
        } catch let error as DownloadError where error.isNotFound {
            say("\(error)")
            return notFoundStatus
        } catch {
            say("\(error)")
            return 1
        }
    }

    private static func fetch(_ job: BuiltinJob.Fetch) throws {
        var policy = DownloadPolicy()
        policy.certificateFile = job.certificates
        policy.netrcFile = job.netrc
        var sources: [DownloadSource] = []
        let names = StatedNames(job.sources)
        for source in job.sources {
            let proxy: ProxyChoice =
                switch source.proxy {
                case nil: .environment
                case "": .direct
                case let url?: .through(try DownloadURL(parsing: url))
                }
            var place = DownloadSource(
                try DownloadURL(parsing: source.url), proxy: proxy, isNamed: source.isNamed)
            place.problem = source.problem
            sources.append(place)
        }
        let request = DownloadRequest(
            name: job.name, sources: sources, destination: job.output, partial: job.partial,
            expectedDigest: try job.digest.map { try Digest(parsing: $0) }, expectedSize: job.size)
        let result = try Downloader(policy: policy).download(request) { progress in
            if progress.silentSeconds > 0 {
                let name = names.name(of: "\(progress.url)")
                say("waiting for \(name): nothing came for \(progress.silentSeconds) s")
            }
            say(
                BuiltinMessage.progress(done: progress.bytesDone, total: progress.bytesTotal ?? 0)
                    .line)
        }
        for failure in result.failures {
            let tries = failure.tries > 1 ? " (tried \(failure.tries) times)" : ""
            say("note: \(names.name(of: "\(failure.url)")): \(failure.failure)\(tries)")
        }
        if let url = result.url {
            say(BuiltinMessage.origin(url: names.name(of: url.description)).line)
        }
        if job.executable, unsafe chmod(job.output.systemPath, 0o755) != 0 {
            throw HostError.system("make executable", job.output, errno)
        }
    }

    /// What sources are called in logs and records: as the derivation states them.
    private struct StatedNames {
        private var names: [String: String] = [:]

        init(_ sources: [BuiltinJob.Source]) {
            for source in sources {
                // One that is no URL was refused before.
                guard let stated = source.stated, let url = try? DownloadURL(parsing: source.url)
                else { continue }
                names[url.description] = stated
            }
        }

        func name(of url: String) -> String { names[url] ?? url }
    }

    static func say(_ text: String) {
        // Nobody is left to tell when the parent is gone.
        _ = write(Array((text + "\n").utf8))
    }

    /// Writes to standard output.
    ///
    /// - Returns: whether all was taken.
    static func write(_ bytes: [UInt8]) -> Bool {
        var start = 0
        while start < bytes.count {
            let written = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.write(
                    STDOUT_FILENO, $0.baseAddress?.advanced(by: start), $0.count - start)
            }
            guard written > 0 || errno == EINTR else { return false }
            start += max(0, written)
        }
        return true
    }
}
