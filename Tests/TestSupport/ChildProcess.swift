import Foundation
import Glibc
import Synchronization

/// A program started by a test, its output in files, killed when the value goes.
public final class ChildProcess: Sendable {
    /// How a program ended.
    public struct Result: Sendable {
        /// The exit status; 128 and the number of the signal that ended it, as shells have it.
        public let status: Int32
        /// What it printed to standard output.
        public let output: String
        /// What it printed to standard error.
        public let error: String

        /// The lines of ``output``.
        public var lines: [String] { output.split(separator: "\n").map { String($0) } }
    }

    /// Its process.
    public let id: Int32
    private let outputs: TemporaryDirectory
    private let status = Mutex<Int32?>(nil)

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - command: its path, and the arguments.
    ///   - environment: all of it.
    ///   - input: what it reads; nothing by default.
    ///   - descriptor: where its output goes instead of files, such as a terminal.
    public init(
        _ command: [String], environment: [String: String], input: String = "",
        descriptor: Int32? = nil
    ) throws {
        outputs = try TemporaryDirectory()
        try outputs.write(input, to: "input")
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, outputs.file("input"), O_RDONLY, 0)
        let flags = O_WRONLY | O_CREAT | O_APPEND
        for (number, name) in [(Int32(1), "output"), (2, "error")] {
            if let descriptor {
                unsafe posix_spawn_file_actions_adddup2(&actions, descriptor, number)
            } else {
                unsafe posix_spawn_file_actions_addopen(
                    &actions, number, outputs.file(name), flags, 0o600)
            }
        }
        // Signals as a terminal's user has them, whatever started the tests.
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        unsafe sigfillset(&signals)
        unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
        unsafe sigemptyset(&signals)
        unsafe posix_spawnattr_setsigmask(&attributes, &signals)
        unsafe posix_spawnattr_setflags(
            &attributes,
            Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP))
        var words = unsafe command.map { unsafe strdup($0) } + [nil]
        var variables = unsafe environment.map { unsafe strdup("\($0.key)=\($0.value)") } + [nil]
        defer {
            unsafe words.forEach { unsafe free($0) }
            unsafe variables.forEach { unsafe free($0) }
        }
        var process: pid_t = 0
        let code = unsafe posix_spawnp(
            &process, command[0], &actions, &attributes, &words, &variables)
        guard code == 0 else { throw ChildProcessError(command: command, reason: "error \(code)") }
        id = process
    }

    deinit {
        guard status.withLock({ $0 == nil }) else { return }
        kill(id, SIGKILL)
        _ = waitpid(id, nil, 0)
    }

    /// Sends a signal, unless it has ended and was waited for.
    public func send(_ signal: Int32) {
        status.withLock { if $0 == nil { kill(id, signal) } }
    }

    /// What it has printed so far to standard output.
    public var output: String { text("output") }
    /// What it has printed so far to standard error.
    public var error: String { text("error") }

    /// Waits for its end.
    ///
    /// - Throws: ``ChildProcessError`` when it takes longer than `limit` seconds; it is killed then.
    public func wait(limit: Double = 600) throws -> Result {
        let deadline = Date(timeIntervalSinceNow: limit)
        while true {
            if let status = try poll() {
                return Result(status: status, output: output, error: error)
            }
            guard Date() < deadline else {
                kill(id, SIGKILL)
                throw ChildProcessError(command: ["\(id)"], reason: "hangs: \(output)\(error)")
            }
            usleep(3000)
        }
    }

    /// Whether it has ended.
    public func hasEnded() throws -> Bool { try poll() != nil }

    /// The exit status when it has ended.
    private func poll() throws -> Int32? {
        try status.withLock { known in
            if let known { return known }
            var raw: Int32 = 0
            let got = unsafe waitpid(id, &raw, WNOHANG)
            guard got >= 0 || errno == EINTR else {
                throw ChildProcessError(command: ["\(id)"], reason: "cannot be waited for")
            }
            guard got == id else { return nil }
            let signal = raw & 0x7f
            known = signal == 0 ? (raw >> 8) & 0xff : 128 + signal
            return known
        }
    }

    private func text(_ name: String) -> String {
        (try? outputs.bytes(of: name)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
}

/// A program could not be started or does not end.
public struct ChildProcessError: Error, CustomStringConvertible {
    let command: [String]
    let reason: String

    /// An error.
    public init(command: [String], reason: String) {
        self.command = command
        self.reason = reason
    }

    /// The sentence.
    public var description: String { "\(command.joined(separator: " ")): \(reason)" }
}

/// Waits until `condition` holds, looking often.
///
/// - Throws: ``ChildProcessError`` when that takes longer than `limit` seconds.
public func waitUntil(
    _ what: String, limit: Double = 600, _ condition: () throws -> Bool
) throws {
    let deadline = Date(timeIntervalSinceNow: limit)
    while try !condition() {
        guard Date() < deadline else {
            throw ChildProcessError(command: ["waiting until \(what)"], reason: "in vain")
        }
        usleep(3000)
    }
}
