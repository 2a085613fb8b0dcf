import Glibc
import HummingbirdTLS

/// Small files that options name, and standard error.
enum Files {
    struct Unreadable: Error, CustomStringConvertible {
        let path: String
        let code: CInt
        var description: String {
            "cannot read '\(path)': \(unsafe String(cString: strerror(code)))"
        }
    }

    /// The text of the file `path`, without white space at its ends.
    static func text(of path: String) throws -> String {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw Unreadable(path: path, code: errno) }
        defer { close(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while bytes.count < 1 << 20 {
            let count = unsafe buffer.withUnsafeMutableBytes {
                unsafe read(file, $0.baseAddress, $0.count)
            }
            guard count >= 0 else { throw Unreadable(path: path, code: errno) }
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        let isSpace: (UInt8) -> Bool = { $0 == 0x20 || (0x09...0x0d).contains($0) }
        let end = bytes.lastIndex { !isSpace($0) } ?? -1
        return String(decoding: bytes[...end].drop(while: isSpace), as: UTF8.self)
    }

    static func printError(_ line: String) {
        let bytes = Array("\(line)\n".utf8)
        // A standard error that takes nothing leaves nobody to tell.
        _ = unsafe bytes.withUnsafeBytes { unsafe write(2, $0.baseAddress, $0.count) }
    }
}

/// Certificate and key as files, in PEM.
enum TLSFiles {
    static func configuration(_ certificate: String, key: String) throws -> TLSConfiguration {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile(certificate).map {
                .certificate($0)
            }, privateKey: .privateKey(try NIOSSLPrivateKey(file: key, format: .pem)))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        return configuration
    }
}
