import CKernel
import Glibc
import Primitives

/// The few system calls of this target, each with its error named.
enum SystemCall {
    /// `result`, or the error that `errno` tells when it is negative.
    @discardableResult
    static func check(_ result: Int32, _ operation: String, _ path: String? = nil)
        throws(SandboxError) -> Int32
    {
        let error = errno
        guard result >= 0 else {
            throw .system(operation: operation, path: path, errno: error)
        }
        return result
    }

    /// `result`, or the error that it is the negated number of.
    @discardableResult
    static func checkNegated(_ result: Int32, _ operation: String, _ path: String? = nil)
        throws(SandboxError) -> Int32
    {
        guard result >= 0 else {
            throw .system(operation: operation, path: path, errno: -result)
        }
        return result
    }

    /// `fstatat`, symbolic links not followed unless asked; `nil` when nothing is there.
    static func status(of path: String, in directory: Int32 = AT_FDCWD, following: Bool = false)
        throws(SandboxError) -> stat?
    {
        var status = stat()
        let flags = following ? 0 : AT_SYMLINK_NOFOLLOW
        guard unsafe fstatat(directory, path.systemPath, &status, flags) == 0 else {
            guard errno == ENOENT || errno == ENOTDIR else {
                throw .system(operation: "look at", path: path, errno: errno)
            }
            return nil
        }
        return status
    }

    /// The target of a symbolic link.
    static func target(of path: String, in directory: Int32 = AT_FDCWD) throws(SandboxError)
        -> [UInt8]
    {
        var target = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = unsafe readlinkat(directory, path.systemPath, &target, target.count)
        guard count >= 0 else { throw .system(operation: "read link", path: path, errno: errno) }
        return target.prefix(count).map { UInt8(bitPattern: $0) }
    }

    /// The names in an open directory, `.` and `..` left out.
    static func entries(of directory: Int32) throws(SandboxError) -> [String] {
        var names: [String] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 15)
        lseek(directory, 0, SEEK_SET)
        while true {
            let count = unsafe buffer.withUnsafeMutableBytes { bytes -> Int in
                guard let start = bytes.baseAddress else { return 0 }
                return unsafe nodeos_getdents(directory, start, bytes.count)
            }
            guard count >= 0 else {
                throw .system(operation: "read a directory", path: nil, errno: Int32(-count))
            }
            if count == 0 { return names }
            // struct linux_dirent64: the size of a record is at 16, its name, ended by NUL, at 19.
            var record = 0
            while record < count {
                let size = Int(buffer[record + 16]) | Int(buffer[record + 17]) << 8
                let name = buffer[(record + 19)..<(record + size)].prefix { $0 != 0 }
                if !name.elementsEqual(".".utf8), !name.elementsEqual("..".utf8) {
                    names.append(String(systemBytes: name))
                }
                record += size
            }
        }
    }

    /// Reads at most `buffer.count` bytes; 0 at the end, `nil` when nothing is there yet.
    static func read(_ descriptor: Int32, into buffer: inout [UInt8]) throws(SandboxError) -> Int? {
        while true {
            let count = unsafe buffer.withUnsafeMutableBytes {
                unsafe Glibc.read(descriptor, $0.baseAddress, $0.count)
            }
            if count >= 0 { return count }
            if errno == EAGAIN { return nil }
            guard errno == EINTR else {
                throw .system(operation: "read from the build", path: nil, errno: errno)
            }
        }
    }

    /// Writes all of `bytes`.
    static func write(_ bytes: [UInt8], to descriptor: Int32) throws(SandboxError) {
        var offset = 0
        while offset < bytes.count {
            let count = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.write(
                    descriptor, $0.baseAddress?.advanced(by: offset), bytes.count - offset)
            }
            if count < 0 {
                guard errno == EINTR else {
                    throw .system(operation: "write", path: nil, errno: errno)
                }
            } else {
                offset += count
            }
        }
    }

    /// All bytes of a file.
    static func contents(of path: String) throws(SandboxError) -> [UInt8] {
        let descriptor = unsafe try check(open(path.systemPath, O_RDONLY | O_CLOEXEC), "open", path)
        defer { close(descriptor) }
        var result: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while let count = try read(descriptor, into: &buffer), count > 0 {
            result.append(contentsOf: buffer.prefix(count))
        }
        return result
    }
}
