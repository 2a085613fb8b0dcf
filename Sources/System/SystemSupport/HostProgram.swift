import Glibc
import Primitives
import Subprocess
import SystemPackage

/// A program of this machine, with bytes in and bytes out.
///
/// It runs outside of any sandbox, as the user, in a process group of its own, which is killed when the
/// task that waits for it is cancelled.
package struct HostProgram: Sendable {
    /// What becomes of its standard error.
    package enum ErrorOutput: Sendable {
        /// It is part of the output.
        case asOutput
        /// It goes where this process's own goes.
        case shown
    }

    let path: String
    let arguments: [String]
    let environment: [String: String]

    /// The program in the file at `path`.
    package init(path: String, arguments: [String], environment: [String: String]) {
        self.path = path
        self.arguments = arguments
        self.environment = environment
    }

    /// The first file of this name in the directories of `PATH` that may be executed; a name with a
    /// slash is a path already.
    ///
    /// - Returns: `nil` when there is none.
    package static func path(of name: String, environment: [String: String]) -> String? {
        if name.utf8.contains(UInt8(ascii: "/")) { return name }
        let directories = (environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":")
        return directories.lazy.map { "\($0)/\(name)" }.first(where: isExecutable)
    }

    /// Whether a file is at `path` that this user may execute.
    package static func isExecutable(_ path: String) -> Bool {
        var status = stat()
        guard unsafe stat(path.systemPath, &status) == 0 else { return false }
        return unsafe status.st_mode & S_IFMT == S_IFREG && access(path.systemPath, X_OK) == 0
    }

    /// The directory of the program that runs; `nil` when `/proc` is not mounted.
    package static var ownDirectory: String? {
        var path = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let count = unsafe readlink("/proc/self/exe", &path, Int(PATH_MAX))
        guard count > 0, let slash = path.prefix(count).lastIndex(of: 0x2f) else { return nil }
        return String(systemBytes: path.prefix(slash).map { UInt8(bitPattern: $0) })
    }

    /// Runs the program `path` in the place of this one, with the same process number, terminal and streams.
    ///
    /// - Returns: why it could not.
    package static func replaceProcess(
        with path: String, arguments: [String], environment: [String: String]
    ) -> HostError {
        // Never freed: this process is another one then, or ends.
        func pointers(_ texts: [String]) -> [UnsafeMutablePointer<CChar>?] {
            unsafe texts.map { unsafe strdup($0.systemPath) } + [nil]
        }
        let words = unsafe pointers([path] + arguments)
        let variables = unsafe pointers(environment.map { "\($0.key)=\($0.value)" })
        _ = unsafe execve(path.systemPath, words, variables)
        return .system("start", path, errno)
    }

    /// Runs it to its end.
    ///
    /// - Parameters:
    ///   - input: what it reads. The signal `SIGPIPE` must be ignored where it may end without reading it.
    ///   - limit: the most bytes of output that are handed on. The rest is read, so that the program does
    ///     not wait, and dropped.
    ///   - onOutput: gets the output as it comes.
    /// - Returns: whether it ended with the status 0, and how many bytes of output there were.
    /// - Throws: ``HostError`` when it cannot be started or spoken to; `CancellationError`, after it was
    ///   killed with its group.
    package func run(
        input: [UInt8] = [], errors: ErrorOutput, limit: Int, onOutput: ([UInt8]) -> Void
    ) async throws -> (succeeded: Bool, count: Int) {
        do {
            let ending =
                switch errors {
                case .asOutput: try await run(input, .combinedWithOutput, limit, onOutput)
                case .shown: try await run(input, .currentStandardError, limit, onOutput)
                }
            // Killed or not, nobody wants it any more.
            try Task.checkCancellation()
            return ending
        } catch let error as SubprocessError {
            try Task.checkCancellation()
            throw refusal(error)
        }
    }

    /// Runs it to its end while `body` speaks with it. It stays in this process's group, so that it can ask
    /// for a password at the terminal.
    ///
    /// - Parameter body: gets two descriptors, which it closes: what the program writes is read from the
    ///   first, what it reads is written to the second. It may block. The signal `SIGPIPE` must be
    ///   ignored.
    /// - Returns: what `body` returns, and whether the program ended with the status 0.
    /// - Throws: what `body` throws; ``HostError`` when the program cannot be started; `CancellationError`,
    ///   after it was killed.
    package func converse<Value: Sendable>(
        _ body: @escaping @Sendable (_ input: Int32, _ output: Int32) throws -> Value
    ) async throws -> (value: Value, succeeded: Bool) {
        let toProgram = try Self.pipe(for: path)
        let fromProgram: [Int32]
        do { fromProgram = try Self.pipe(for: path) } catch {
            for descriptor in toProgram { close(descriptor) }
            throw error
        }
        let (input, output) = (fromProgram[0], toProgram[1])
        var hasBegun = false
        do {
            let result = try await Subprocess.run(
                executable, arguments: Arguments(words.map { $0.systemBytes + [0] }),
                environment: .custom(variables),
                platformOptions: platformOptions(inOwnGroup: false),
                input: .fileDescriptor(
                    FileDescriptor(rawValue: toProgram[0]), closeAfterSpawningProcess: true),
                output: .fileDescriptor(
                    FileDescriptor(rawValue: fromProgram[1]), closeAfterSpawningProcess: true),
                error: .currentStandardError
            ) { _ in
                hasBegun = true
                return try await Blocking.run { Result { try body(input, output) } }
            }
            try Task.checkCancellation()
            return (try result.closureResult.get(), result.terminationStatus.isSuccess)
        } catch let error as SubprocessError {
            if !hasBegun { for descriptor in [input, output] { close(descriptor) } }
            try Task.checkCancellation()
            throw refusal(error)
        }
    }

    /// The two ends of a pipe that no other program inherits.
    private static func pipe(for program: String) throws -> [Int32] {
        var ends: [Int32] = [-1, -1]
        guard unsafe Glibc.pipe(&ends) == 0 else {
            throw HostError.system("make a pipe for", program, errno)
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return ends
    }

    private func refusal(_ error: SubprocessError) -> HostError {
        switch error.code {
        // Said also of a file that may not be executed; and when what its `#!` names is missing.
        case .executableNotFound:
            let mayStart = unsafe access(path.systemPath, X_OK) == 0
            return .system("start", path, mayStart ? ENOENT : errno)
        case .spawnFailed: return .system("start", path, error.underlyingError?.rawValue ?? EINVAL)
        default: return .system("run", path, error.underlyingError?.rawValue ?? EIO)
        }
    }

    private func run<Errors: ErrorOutputProtocol>(
        _ input: [UInt8], _ errors: Errors, _ limit: Int, _ onOutput: ([UInt8]) -> Void
    ) async throws -> (succeeded: Bool, count: Int) {
        let result = try await Subprocess.run(
            executable, arguments: Arguments(words.map { $0.systemBytes + [0] }),
            environment: .custom(variables), platformOptions: platformOptions(inOwnGroup: true),
            input: .array(input), output: .sequence, error: errors
        ) { execution in
            var count = 0
            for try await piece in execution.standardOutput {
                let wanted = min(piece.count, max(0, limit - count))
                if wanted > 0 {
                    onOutput(unsafe piece.withUnsafeBytes { unsafe Array($0.prefix(wanted)) })
                }
                count += piece.count
            }
            return count
        }
        return (result.terminationStatus.isSuccess, result.closureResult)
    }

    private func platformOptions(inOwnGroup: Bool) -> PlatformOptions {
        var options = PlatformOptions()
        if inOwnGroup { options.processGroupID = 0 }
        options.teardownSequence = [
            .send(signal: .kill, toProcessGroup: inOwnGroup, allowedDurationToNextStep: .zero)
        ]
        return options
    }

    // Paths of programs are texts in swift-subprocess, arguments are bytes: a path that is not UTF-8 is
    // handed to a shell.
    private var isText: Bool { path.systemBytes.elementsEqual(path.utf8) }
    private var executable: Executable { .path(FilePath(isText ? path : "/bin/sh")) }
    private var words: [String] { (isText ? [] : ["-c", "exec \"$0\" \"$@\"", path]) + arguments }

    /// `NAME=VALUE`. swift-subprocess refuses all where one name begins with a digit, as no shell could
    /// have set it.
    private var variables: [[UInt8]] {
        environment.filter { !("0"..."9" ~= $0.key.prefix(1)) }
            .map { "\($0.key)=\($0.value)".systemBytes + [0] }
    }
}
