import Glibc
import Primitives
import SystemSupport

/// The program `dot`, which draws pictures.
struct Graphviz {
    let environment: [String: String]

    /// Writes the SVG picture of `text`, in the DOT language, to `output`.
    ///
    /// - Throws: ``StoreCommandsError`` when the program is missing or fails; it has told the reason
    ///   on standard error then.
    func draw(_ text: [UInt8], to output: CommandOutput) throws {
        guard let program = path(of: "dot") else {
            throw StoreCommandsError.notFound(
                "the program 'dot' draws SVG pictures and is not in PATH: install graphviz, or take "
                    + "--format dot")
        }
        // A file of no name for each end: nothing waits for a pipe, and nothing is left behind.
        let input = try temporaryFile()
        defer { close(input) }
        let picture = try temporaryFile()
        defer { close(picture) }
        var rest = text.span
        while rest.count > 0 {
            let written = unsafe rest.withUnsafeBufferPointer {
                unsafe Glibc.write(input, $0.baseAddress, $0.count)
            }
            guard written > 0 else {
                throw HostError.system("write", "a temporary file", errno)
            }
            rest = rest.extracting(written..<rest.count)
        }
        lseek(input, 0, SEEK_SET)
        try run(program, input: input, output: picture)
        lseek(picture, 0, SEEK_SET)
        try output.write(
            FileBytes.read(descriptor: picture, name: "the picture", expectedCount: text.count * 4))
    }

    private func path(of name: String) -> String? {
        for directory in (environment["PATH"] ?? "").split(separator: ":") {
            let file = "\(directory)/\(name)"
            if unsafe access(file.systemPath, X_OK) == 0 { return file }
        }
        return nil
    }

    private func temporaryFile() throws -> Int32 {
        let template = "\(environment["TMPDIR"] ?? "/tmp")/nodeos-store-XXXXXX"
        var name = template.systemPath
        let descriptor = unsafe name.withUnsafeMutableBufferPointer { name in
            guard let start = name.baseAddress else { return Int32(-1) }
            let descriptor = unsafe mkstemp(start)
            if descriptor >= 0 {
                unsafe unlink(start)
                _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            }
            return descriptor
        }
        guard descriptor >= 0 else { throw HostError.system("create", template, errno) }
        return descriptor
    }

    private func run(_ program: String, input: Int32, output: Int32) throws {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_adddup2(&actions, input, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, output, 1)
        let arguments = [program, "-Tsvg"]
        var words = unsafe arguments.map { unsafe strdup($0.systemPath) } + [nil]
        var variables =
            unsafe environment.map { unsafe strdup("\($0.key)=\($0.value)".systemPath) } + [nil]
        defer { unsafe (words + variables).forEach { unsafe free($0) } }
        var process: pid_t = 0
        let code = unsafe posix_spawn(
            &process, program.systemPath, &actions, nil, &words, &variables)
        guard code == 0 else { throw HostError.system("start", program, code) }
        var status: Int32 = 0
        while unsafe waitpid(process, &status, 0) < 0 {
            guard errno == EINTR else {
                throw HostError.system("wait for", program, errno)
            }
        }
        guard status == 0 else {
            throw StoreCommandsError.notFound("'\(program)' could not draw the graph")
        }
    }
}
