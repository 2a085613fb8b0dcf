import Glibc
import Primitives
import SystemSupport

/// Reads a `file:` URL: regular files only, so that no device, pipe or socket is opened for good.
enum FileTransfer {
    /// Gives the file's bytes to `receiver`.
    ///
    /// - Returns: why not all of it could be read; also what `receiver` did not take ends it.
    static func run(_ url: DownloadURL, _ receiver: TransferReceiver) -> DownloadFailure? {
        guard let path = url.filePath else {
            return .malformedResponse("it names no file of this machine")
        }
        // O_NONBLOCK: opening a pipe must not wait for somebody who writes to it.
        let descriptor = unsafe open(path.systemPath, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else {
            return errno == ENOENT || errno == ENOTDIR
                ? .notFound : .unreadable(systemMessage(errno))
        }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else {
            return .unreadable(systemMessage(errno))
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            return .unreadable("it is no regular file")
        }
        receiver.announce(size: UInt64(status.st_size))
        var buffer = [UInt8](repeating: 0, count: 512 << 10)
        while true {
            let count = unsafe buffer.withUnsafeMutableBytes {
                unsafe read(descriptor, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return .unreadable(systemMessage(errno)) }
            if count == 0 { return nil }
            guard receiver.receiveBody(buffer.span.extracting(0..<count)) else { return nil }
        }
    }
}
