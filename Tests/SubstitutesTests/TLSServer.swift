import Foundation

/// `openssl s_server` on 127.0.0.1 with a certificate of its own making; it answers with the files
/// of its directory, which hold whole HTTP answers.
final class TLSServer {
    static let program = ["/usr/bin/openssl", "/usr/local/bin/openssl"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    private let process: Process
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
        try Self.run([
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key,
            "-out", request, "-subj", "/CN=test",
        ])
        try Self.run([
            "x509", "-req", "-in", request, "-signkey", key, "-out", certificate, "-days",
            "\(days)", "-extfile", extensions,
        ])
        try Data(answer).write(to: URL(fileURLWithPath: directory + "/answer"))

        process = Process()
        process.executableURL = URL(fileURLWithPath: Self.program ?? "openssl")
        process.arguments =
            [
                "s_server", "-accept", "127.0.0.1:0", "-cert", certificate, "-key", key, "-HTTP",
                "-http_server_binmode",
            ] + options
        process.currentDirectoryURL = URL(fileURLWithPath: directory)
        let output = Pipe()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        // The server prints "ACCEPT 127.0.0.1:<port>" when it is ready.
        var text = ""
        var found: Int?
        while found == nil {
            let data = output.fileHandleForReading.availableData
            if data.isEmpty { break }
            text += String(decoding: data, as: UTF8.self)
            found = text.firstMatch(of: /ACCEPT [^\n]*:(\d+)\n/).flatMap { Int($0.1) }
        }
        guard let found else { throw TLSServerError(output: text) }
        port = found
    }

    deinit {
        process.terminate()
        process.waitUntilExit()
    }

    private static func run(_ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program ?? "openssl")
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw TLSServerError(output: "openssl \(arguments[0]) failed")
        }
    }

    var url: String { "https://127.0.0.1:\(port)/answer" }
}

struct TLSServerError: Error { let output: String }
