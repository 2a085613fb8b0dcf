import Archives
import Glibc
import Primitives

/// Bytes that can be read at any place: a file, or a member of an archive that was unpacked to
/// memory or, when it is large, to a file without a name.
final class Blob {
    /// Kept open as long as the blob; `nil` for bytes in memory.
    private let file: OpenFile?
    private let descriptor: Int32?
    /// Where it is, for messages.
    let path: String
    private let bytes: [UInt8]
    /// The size in bytes.
    let size: UInt64

    /// Up to this size, unpacked bytes stay in memory.
    private static let memoryLimit = 4 << 20

    /// An open file.
    init(_ file: consuming OpenFile, size: UInt64) {
        descriptor = file.rawValue
        path = file.path
        self.file = consume file
        bytes = []
        self.size = size
    }

    /// What came out of something packed.
    struct Unpacked {
        /// How it ended.
        enum End {
            /// Everything came.
            case whole
            /// There is more than was allowed.
            case tooLarge
            /// It is damaged from here on, or cut off, encrypted, or packed in a way nobody here knows.
            case damaged(String)
        }

        /// What came; empty when that was too much.
        let blob: Blob
        let end: End
    }

    /// What `read` gives, up to its end.
    ///
    /// - Parameters:
    ///   - limit: the most bytes to take.
    ///   - directory: where a file can be made.
    /// - Throws: what is no fault of the bytes: they cannot be read, or there is no room for them.
    static func unpacking(
        limit: UInt64, directory: String, _ read: (inout [UInt8]) throws -> Int
    ) throws -> Unpacked {
        var bytes: [UInt8] = []
        var file: OpenFile?
        var isInFile = false
        var size: UInt64 = 0
        var end = Unpacked.End.whole
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count: Int
            do { count = try read(&buffer) } catch ArchivesError.damagedArchive(_, _, let reason) {
                end = .damaged(reason)
                break
            }
            if count == 0 { break }
            size += UInt64(count)
            if size > limit { return Unpacked(blob: Blob([]), end: .tooLarge) }
            if !isInFile, bytes.count + count > memoryLimit {
                let created = try temporaryFile(in: directory)
                try created.write(bytes.span)
                bytes = []
                file = consume created
                isInFile = true
            }
            if !isInFile {
                bytes += buffer[..<count]
            } else {
                try file?.write(buffer.span.extracting(0..<count))
            }
        }
        guard let file = consume file else { return Unpacked(blob: Blob(bytes), end: end) }
        return Unpacked(blob: Blob(file, size: size), end: end)
    }

    private init(_ bytes: [UInt8]) {
        file = nil
        descriptor = nil
        path = "memory"
        self.bytes = bytes
        size = UInt64(bytes.count)
    }

    /// A file without a name; its bytes go when it is closed.
    private static func temporaryFile(in directory: String) throws -> OpenFile {
        var name = "\(directory)/nodeos-audit-XXXXXX".systemPath
        let descriptor = unsafe mkstemp(&name)
        let path = String(systemBytes: name.dropLast().map { UInt8(bitPattern: $0) })
        guard descriptor >= 0 else {
            throw AuditError.system(operation: "create", path: path, code: errno)
        }
        unsafe unlink(name)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        return OpenFile(owning: descriptor, path: path)
    }

    /// Reads into `buffer` from `index` on what begins at `offset`; returns how many bytes.
    func read(at offset: UInt64, into buffer: inout [UInt8], from index: Int = 0) throws -> Int {
        guard offset < size, index < buffer.count else { return 0 }
        let wanted = Int(min(UInt64(buffer.count - index), size - offset))
        guard let descriptor else {
            let start = Int(offset)
            buffer.replaceSubrange(index..<(index + wanted), with: bytes[start..<(start + wanted)])
            return wanted
        }
        while true {
            let count = unsafe buffer.withUnsafeMutableBytes {
                unsafe pread(
                    descriptor, $0.baseAddress?.advanced(by: index), wanted, off_t(offset))
            }
            if count >= 0 { return count }
            if errno != EINTR {
                throw AuditError.system(operation: "read", path: path, code: errno)
            }
        }
    }

    /// The bytes of a short piece; fewer at the end.
    func bytes(at offset: UInt64, count: Int) throws -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: count)
        return Array(try buffer[..<read(at: offset, into: &buffer)])
    }

    /// Whether a byte is anywhere in it.
    func contains(byte: UInt8) throws -> Bool {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var offset: UInt64 = 0
        while offset < size {
            let count = try read(at: offset, into: &buffer)
            guard count > 0 else { throw AuditError.changed(path) }
            if buffer[..<count].contains(byte) { return true }
            offset += UInt64(count)
        }
        return false
    }

    /// This blob from an offset on, as a stream.
    struct Source: ByteSource {
        let blob: Blob
        var offset: UInt64
        /// Where the stream ends.
        let end: UInt64

        mutating func read(into buffer: inout [UInt8]) throws -> Int {
            let got = try blob.read(at: offset, into: &buffer)
            let count = Int(min(UInt64(got), end > offset ? end - offset : 0))
            offset += UInt64(count)
            return count
        }
    }
}
