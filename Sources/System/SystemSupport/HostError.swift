import Glibc
import Primitives

/// The C library's text for an `errno` value.
///
/// The corresponding C function is `strerror_r`.
package func systemMessage(_ code: Int32) -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    unsafe strerror_r(code, &buffer, buffer.count)
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// The machine refuses something that has nothing to do with a store.
package enum HostError: Error, Sendable, CustomStringConvertible {
    /// A system call failed: what it was to do, the path, `errno`.
    case system(String, String, Int32)
    /// A FIFO, device, socket or directory where a file is expected.
    case notARegularFile(String)
    /// A file of more bytes than are read at once.
    case tooLarge(String, limit: Int)
    /// The system gives this process no second thread: `errno`.
    case noThreads(Int32)

    /// The sentence a user reads.
    package var description: String {
        switch self {
        case .system(let call, let path, let code):
            "cannot \(call) '\(path.oneLine)': \(systemMessage(code))"
        case .notARegularFile(let path): "'\(path.oneLine)' is not a regular file"
        case .tooLarge(let path, let limit):
            "'\(path.oneLine)': larger than \(limit) bytes, so it is not read"
        case .noThreads(let code):
            "cannot start a thread: \(systemMessage(code)); raise the limit of memory ('ulimit -d' "
                + "or '-v'; 64 MiB are enough) or of processes ('ulimit -u')"
        }
    }
}
