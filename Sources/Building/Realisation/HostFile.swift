import Glibc
import Primitives
import SystemSupport

/// Small private files between this program and its builtin children: jobs, not store content.
enum HostFile {
    /// The bytes of a small file.
    static func read(_ path: String) throws(HostError) -> [UInt8] {
        let descriptor = unsafe open(path.systemPath, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw HostError.system("open", path, errno)
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = unsafe buffer.withUnsafeMutableBytes {
                unsafe Glibc.read(descriptor, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw HostError.system("read", path, errno)
            }
            if count == 0 { return bytes }
            bytes += buffer[..<count]
        }
    }

    /// Makes a file, mode 0600, with `bytes`; whatever regular file was there is replaced.
    static func write(_ bytes: [UInt8], to path: String) throws(HostError) {
        unsafe unlink(path.systemPath)
        let descriptor = unsafe open(
            path.systemPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw HostError.system("create", path, errno)
        }
        defer { close(descriptor) }
        var start = 0
        while start < bytes.count {
            let count = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.write(
                    descriptor, $0.baseAddress?.advanced(by: start), $0.count - start)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                throw HostError.system("write", path, errno)
            }
            start += count
        }
    }

    /// Whether `path` is a regular file; `nil` when that cannot be told, with `errno` set.
    static func isRegular(_ path: String) -> Bool? {
        var status = stat()
        guard unsafe stat(path.systemPath, &status) == 0 else { return nil }
        return status.st_mode & S_IFMT == S_IFREG
    }

    /// Why a sandbox cannot be shown the file `path`, other than that it is not there.
    static func problem(of path: String) -> String? {
        switch isRegular(path) {
        case true?: nil
        case false?: "it is no regular file"
        case nil:
            errno == ENOENT || errno == ENOTDIR ? nil : systemMessage(errno)
        }
    }

    /// Makes directory `path`, mode 0700, unless it is there.
    static func makeDirectory(_ path: String) throws(HostError) {
        guard unsafe mkdir(path.systemPath, 0o700) == 0 || errno == EEXIST else {
            throw HostError.system("create directory", path, errno)
        }
    }

    /// Whether nothing may be executed where `path` is mounted.
    static func isOnNoexecMount(_ path: String) -> Bool {
        // ST_NOEXEC, which Swift does not import.
        let noexec: UInt = 8
        var status = statvfs()
        return unsafe statvfs(path.systemPath, &status) == 0 && status.f_flag & noexec != 0
    }
}
