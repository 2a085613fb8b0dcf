import Glibc
import Primitives

/// Reads whole files. Only for texts (`.drv`, JSON), whose size a parser bounds anyway.
package enum FileBytes {
    /// The content of the regular file `path`; symbolic links are followed.
    ///
    /// - Parameter limit: larger files are refused.
    /// - Throws: ``HostError/system(_:_:_:)``,
    ///   ``HostError/notARegularFile(_:)`` (a FIFO would block for ever), or
    ///   ``HostError/tooLarge(_:limit:)`` for one that is larger than `limit`.
    package static func read(path: String, limit: Int = .max) throws(HostError) -> [UInt8] {
        let descriptor = unsafe open(path.systemPath, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { throw .system("open", path, errno) }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw .system("stat", path, errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .notARegularFile(path) }
        guard status.st_size <= limit else {
            throw .tooLarge(path, limit: limit)
        }
        // One more than the size, so that the end is seen without growing.
        return try read(
            descriptor: descriptor, name: path, expectedCount: Int(clamping: status.st_size) + 1)
    }

    /// Everything up to the end of an open file.
    package static func read(
        descriptor: Int32, name: String, expectedCount: Int = 65_536
    ) throws(HostError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: min(max(expectedCount, 512), 1 << 30))
        var count = 0
        while true {
            if count == bytes.count {
                bytes.append(contentsOf: repeatElement(0, count: bytes.count))
            }
            let received = try readSome(descriptor, into: &bytes, from: count, name: name)
            if received == 0 {
                bytes.removeLast(bytes.count - count)
                return bytes
            }
            count += received
        }
    }

    /// Reads into `bytes` from index `start`; returns how many were read, 0 at the end.
    package static func readSome(
        _ descriptor: Int32, into bytes: inout [UInt8], from start: Int, name: String
    ) throws(HostError) -> Int {
        while true {
            let received = unsafe bytes.withUnsafeMutableBytes {
                unsafe Glibc.read(descriptor, $0.baseAddress?.advanced(by: start), $0.count - start)
            }
            if received >= 0 { return received }
            guard errno == EINTR else { throw .system("read", name, errno) }
        }
    }
}
