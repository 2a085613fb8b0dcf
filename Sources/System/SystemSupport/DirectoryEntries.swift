import Glibc
import Primitives

/// The entries of one directory.
package struct DirectoryEntries {
    /// The names of its subdirectories, sorted; symbolic links are not counted.
    package private(set) var directories: [String] = []
    /// The names of everything else, sorted.
    package private(set) var others: [String] = []

    /// Reads the directory `path`.
    ///
    /// - Throws: ``HostError/system(_:_:_:)``.
    package init(of path: String) throws(HostError) {
        guard let stream = unsafe opendir(path.systemPath) else {
            throw .system("read", path, errno)
        }
        defer { unsafe closedir(stream) }
        errno = 0
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
                unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) {
                    unsafe String(systemString: $0)
                }
            }
            if name == "." || name == ".." { continue }
            var isDirectory = unsafe Int(entry.pointee.d_type) == DT_DIR
            if unsafe Int(entry.pointee.d_type) == DT_UNKNOWN {
                var status = stat()
                isDirectory =
                    unsafe lstat((path + "/" + name).systemPath, &status) == 0
                    && status.st_mode & S_IFMT == S_IFDIR
            }
            if isDirectory { directories.append(name) } else { others.append(name) }
            errno = 0
        }
        guard errno == 0 else { throw .system("read", path, errno) }
        directories.sort()
        others.sort()
    }

    /// Whether `path` is a directory, links followed.
    ///
    /// - Throws: ``HostError/system(_:_:_:)`` when there is nothing.
    package static func isDirectory(_ path: String) throws(HostError) -> Bool {
        var status = stat()
        guard unsafe stat(path.systemPath, &status) == 0 else { throw .system("find", path, errno) }
        return status.st_mode & S_IFMT == S_IFDIR
    }
}
