import Glibc
import Primitives
import SystemSupport

/// The user's program that is shown two trees that should be the same (`--diff-hook`).
///
/// It is the user's own, so it runs outside of the sandbox, as the user, in a process group of its
/// own. What it prints is shown; how it ends changes nothing.
package struct DiffHook {
    /// Its path; looked for in `PATH` when it has no slash.
    let program: String
    /// Where a file can be made for what it prints: nobody has to read a file while it is written.
    let directory: String

    /// The program, with a directory that this process may write to.
    package init(program: String, directory: String) {
        self.program = program
        self.directory = directory
    }

    /// The most that is shown of what it prints, in bytes.
    private static let maximumCount = 1 << 20

    /// Runs it to its end, or until the task is cancelled, which ends it.
    ///
    /// - Parameter onLine: gets what it prints, line by line, and why it could not be run.
    package func run(
        _ arguments: [String], environment: [String: String], onLine: ([UInt8]) -> Void
    ) async {
        let file = "\(directory)/diff-hook.log"
        unsafe unlink(file.systemPath)
        let output = unsafe open(file.systemPath, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard output >= 0 else { return onLine(Self.failure("keep the output of", program, errno)) }
        defer { close(output) }
        var process: pid_t = 0
        let code = spawn(arguments, environment, output, &process)
        guard code == 0 else { return onLine(Self.failure("start", program, code)) }
        var status: Int32 = 0
        while true {
            let ended = unsafe waitpid(process, &status, WNOHANG)
            if ended == process || (ended < 0 && errno != EINTR) { break }
            do { try await Task.sleep(for: .milliseconds(20)) } catch {
                kill(-process, SIGKILL)
                while unsafe waitpid(process, &status, 0) < 0, errno == EINTR {}
                break
            }
        }
        show(output, onLine)
    }

    private func spawn(
        _ arguments: [String], _ environment: [String: String], _ output: Int32,
        _ process: inout pid_t
    ) -> Int32 {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, output, 1)
        unsafe posix_spawn_file_actions_adddup2(&actions, output, 2)
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        // What this program ignores, the hook should not.
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        for number in [SIGPIPE, SIGINT, SIGTERM, SIGHUP] { unsafe sigaddset(&signals, number) }
        unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
        unsafe posix_spawnattr_setpgroup(&attributes, 0)
        unsafe posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF))
        var words = unsafe ([program] + arguments).map { unsafe strdup($0.systemPath) } + [nil]
        var variables =
            unsafe environment.map { unsafe strdup("\($0.key)=\($0.value)".systemPath) } + [nil]
        defer { unsafe (words + variables).forEach { unsafe free($0) } }
        return unsafe posix_spawnp(
            &process, program.systemPath, &actions, &attributes, &words, &variables)
    }

    private func show(_ output: Int32, _ onLine: ([UInt8]) -> Void) {
        var bytes = [UInt8](repeating: 0, count: Self.maximumCount)
        let count = unsafe bytes.withUnsafeMutableBytes {
            unsafe pread(output, $0.baseAddress, $0.count, 0)
        }
        guard count > 0 else { return }
        var lines = LineSplitter()
        lines.feed(bytes.span.extracting(0..<count), onLine)
        lines.finish(onLine)
    }

    private static func failure(_ action: String, _ program: String, _ code: Int32) -> [UInt8] {
        let reason = systemMessage(code)
        return Array("cannot \(action) the diff hook '\(program)': \(reason)".utf8)
    }
}
