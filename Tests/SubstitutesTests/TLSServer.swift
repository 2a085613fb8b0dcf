import Foundation
import Glibc

/// `openssl s_server` on 127.0.0.1 with a certificate of its own making; it answers with the files
/// of its directory, which hold whole HTTP answers.
final class TLSServer {
    static let program = ["/usr/bin/openssl", "/usr/local/bin/openssl"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    private let process: pid_t
    let port: Int
    /// The certificate, which is its own authority.
    let certificate: String

    /// A server whose certificate is for `names` (`IP:127.0.0.1`) and valid for `days`.
    init(
        in directory: String, names: String = "IP:127.0.0.1", days: Int = 2,
        answer: [UInt8], options: [String] = []
    ) throws {
        certificate = directory + "/certificate.pem"
        let key = directory + "/key.pem"
        let request = directory + "/request.pem"
        let extensions = directory + "/extensions"
        try Data("subjectAltName=\(names)\n".utf8).write(to: URL(fileURLWithPath: extensions))
        // In two steps: only the second command makes certificates that have expired.
        try Self.run(
            [
                "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                key,
                "-out", request, "-subj", "/CN=test",
            ], in: directory)
        try Self.run(
            [
                "x509", "-req", "-in", request, "-signkey", key, "-out", certificate, "-days",
                "\(days)", "-extfile", extensions,
            ], in: directory)
        try Data(answer).write(to: URL(fileURLWithPath: directory + "/answer"))

        let (started, output) = try Self.start(
            [
                "s_server", "-accept", "127.0.0.1:0", "-cert", certificate, "-key", key, "-HTTP",
                "-http_server_binmode",
            ] + options, in: directory)
        process = started
        defer { close(output) }
        // The server prints "ACCEPT 127.0.0.1:<port>" when it is ready.
        var text = ""
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = unsafe read(output, &buffer, buffer.count)
            guard count > 0 else { throw TLSServerError(output: text) }
            text += String(decoding: buffer[..<count], as: UTF8.self)
            if let match = text.firstMatch(of: /ACCEPT [^\n]*:(\d+)\n/), let found = Int(match.1) {
                port = found
                return
            }
        }
    }

    deinit {
        kill(process, SIGKILL)
        waitpid(process, nil, 0)
    }

    private static func run(_ arguments: [String], in directory: String) throws {
        let (process, output) = try start(arguments, in: directory)
        close(output)
        var status: Int32 = 0
        guard unsafe waitpid(process, &status, 0) == process, status == 0 else {
            throw TLSServerError(output: "openssl \(arguments[0]) failed")
        }
    }

    /// Starts openssl; returns its id and its standard output.
    private static func start(_ arguments: [String], in directory: String) throws -> (pid_t, Int32)
    {
        var ends: [Int32] = [0, 0]
        guard unsafe pipe(&ends) == 0 else { throw TLSServerError(output: "no pipe") }
        defer { close(ends[1]) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        unsafe posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        let all =
            ["/bin/sh", "-c", "cd \"$0\" && exec \"$@\"", directory, program ?? "openssl"]
            + arguments
        var words: [UnsafeMutablePointer<CChar>?] = unsafe all.map {
            unsafe strdup($0)
        }
        unsafe words.append(nil)
        defer { unsafe words.forEach { unsafe free($0) } }
        var process: pid_t = 0
        let code = unsafe posix_spawn(&process, all[0], &actions, nil, words, environ)
        guard code == 0 else {
            close(ends[0])
            throw TLSServerError(output: "posix_spawn: error \(code)")
        }
        return (process, ends[0])
    }

    var url: String { "https://127.0.0.1:\(port)/answer" }
}

struct TLSServerError: Error { let output: String }
