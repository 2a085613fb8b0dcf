import Glibc
import Primitives
import Sandbox
import SystemSupport

/// Which files another program consists of is known to nobody better than to that program.
extension ProgramImage {
    /// The argument behind the subcommand that asks for the files. A job's file is an absolute path.
    static let question = "--files"

    /// What an answer begins with. The number changes with ``BuiltinJob``, so that a program never gets a
    /// job of another version.
    private static let greeting = "nodeos-store builtin program 1"

    /// Answers on standard output: a text behind the other, each ended by a zero byte.
    static func answer() -> Int32 {
        guard let image = current() else { return 1 }
        let texts = [greeting, image.executable] + image.sharedObjects
        return BuiltinChild.write(texts.flatMap { $0.systemBytes + [0] }) ? 0 : 1
    }

    /// The files of the program at `path`, by its own account.
    ///
    /// It is started without any environment, and ended when it has not answered after ten seconds.
    ///
    /// - Throws: ``BuiltinProgramError/unusable(_:reason:)`` when it is not there or answers otherwise.
    init(asking path: String) throws(BuiltinProgramError) {
        let (bytes, status) = try Self.output(of: path)
        let texts = bytes.split(separator: 0, omittingEmptySubsequences: false)
            .map { String(systemBytes: $0) }
        // What it consists of is nobody's but its own: it names itself first.
        guard status == 0, texts.count > 2, texts[0] == Self.greeting, texts.last == "" else {
            throw .unusable(
                path, reason: "it does not answer as a nodeos-store of this version does")
        }
        self.init(executable: texts[1], sharedObjects: Array(texts[2..<(texts.count - 1)]))
    }

    private static let patience = Duration.seconds(10)
    private static let maximumCount = 1 << 20

    /// What the program prints when it is asked, and how it ends.
    private static func output(
        of path: String
    ) throws(BuiltinProgramError) -> (bytes: [UInt8], status: Int32) {
        var ends: [Int32] = [-1, -1]
        // A pair of sockets, because Swift has no pipe that no other child inherits.
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard unsafe socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw failure(path, errno) }
        defer { close(ends[0]) }
        var process: pid_t = 0
        let code = start(path, output: ends[1], &process)
        close(ends[1])
        guard code == 0 else { throw failure(path, code) }
        let end = ContinuousClock.now + patience
        let bytes = read(ends[0], until: end)
        var status: Int32 = 0
        while unsafe waitpid(process, &status, WNOHANG) == 0 {
            if ContinuousClock.now >= end { kill(process, SIGKILL) }
            usleep(1000)
        }
        return (bytes, status)
    }

    private static func start(_ path: String, output: Int32, _ process: inout pid_t) -> Int32 {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, output, 1)
        unsafe posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        let words = [path, BuiltinChild.subcommand, question]
        var arguments = unsafe words.map { unsafe strdup($0.systemPath) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = unsafe [nil]
        defer { unsafe arguments.forEach { unsafe free($0) } }
        return unsafe posix_spawn(
            &process, path.systemPath, &actions, nil, &arguments, &variables)
    }

    /// What comes until the end of the stream, or until `end`.
    private static func read(_ descriptor: Int32, until end: ContinuousClock.Instant) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while bytes.count < maximumCount {
            let rest = (end - ContinuousClock.now) / .milliseconds(1)
            var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let ready = unsafe poll(&wanted, 1, Int32(max(0, rest)))
            if ready < 0, errno == EINTR { continue }
            guard ready > 0 else { break }
            let count = unsafe buffer.withUnsafeMutableBytes {
                unsafe Glibc.read(descriptor, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        return bytes
    }

    private static func failure(_ path: String, _ code: Int32) -> BuiltinProgramError {
        .unusable(path, reason: systemMessage(code))
    }
}

extension BuiltinProgram {
    /// The first `nodeos-store` that may be executed.
    static func installedFile(_ searchPath: String) throws(BuiltinProgramError) -> String {
        var directories = searchPath.split(separator: ":").map { String($0) }
        // Without /proc nobody knows what is beside this program.
        if let executable = ProgramImage.current()?.executable,
            let slash = executable.utf8.lastIndex(of: UInt8(ascii: "/"))
        {
            directories.insert(String(executable[..<slash]), at: 0)
        }
        let files = directories.map { $0 + "/nodeos-store" }
        let found = files.first {
            unsafe access($0.systemPath, X_OK) == 0 && HostFile.isRegular($0) == true
        }
        guard let found else { throw .notFound(files) }
        return found
    }
}
