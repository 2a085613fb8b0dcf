import Archives
import CKernel
import Glibc
import Primitives

/// A temporary directory, removed with everything in it when it goes out of scope.
final class TemporaryTree {
    let path: String
    let directory: DirectoryDescriptor

    init() throws {
        var template = Array("/tmp/nodeos-archives-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else {
            throw ArchivesError.system(operation: "create", path: "/tmp", code: errno)
        }
        path = String(
            decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        directory = try DirectoryDescriptor(opening: path)
    }

    deinit {
        guard let location = try? TreeLocation(path) else { return }
        try? removeTree(location.name, in: location.parent)
    }

    /// Creates `tree` as `name`, with the permissions of an ordinary program.
    func create(_ name: String, _ tree: Tree, metadata: TreeMetadata = .plain) throws {
        var builder = try TreeBuilder(FileName(name), in: directory, metadata: metadata)
        try tree.visit(with: &builder)
    }

    /// The NAR of `name`.
    func dump(_ name: String) throws -> [UInt8] {
        var sink = MemorySink()
        let location = try TreeLocation(path + "/" + name)
        try dumpTree(location.name, in: location.parent, to: &sink)
        return sink.bytes
    }

    func status(_ name: String) throws -> Status {
        var status = stat()
        guard unsafe fstatat(directory.rawValue, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
            throw ArchivesError.system(operation: "inspect", path: name, code: errno)
        }
        return Status(
            mode: status.st_mode & 0o7777, links: Int(status.st_nlink),
            seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec)
    }

    struct Status {
        let mode: UInt32
        let links: Int
        let seconds: Int
        let nanoseconds: Int
    }

    func exists(_ name: String) -> Bool { (try? status(name)) != nil }
}

extension TemporaryTree {
    /// Gives a file an extended attribute; `false` where the file system has none.
    func setAttribute(_ name: String) -> Bool {
        unsafe setxattr(path + "/" + name, "user.nodeos", "1", 1, 0) == 0
    }

    func hasAttributes(_ name: String) -> Bool {
        unsafe listxattr(path + "/" + name, nil, 0) > 0
    }
}
