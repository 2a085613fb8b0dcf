import Glibc
import Primitives
import StoreModel

/// Why something that a store is made of cannot be trusted, or is not what it should be.
public struct StoreFault: Hashable, Sendable, CustomStringConvertible {
    /// What is wrong.
    public enum Kind: Hashable, Sendable {
        /// Something else lies there.
        case wrongType(String, expected: String)
        /// It belongs to this user, and this program runs as root.
        case foreignOwner(UInt32)
        /// Every user may write to it.
        case writableByAll(mode: UInt32, right: UInt32)
    }

    /// Where it is on this machine.
    public let path: String
    /// What is wrong with it.
    public let kind: Kind

    /// What is wrong, as a sentence.
    public var description: String {
        switch kind {
        case .wrongType(let found, let expected):
            "'\(path)' is a \(found), and should be a \(expected)"
        case .foreignOwner(let user):
            "'\(path)' belongs to user \(user), who can change what root would trust"
        case .writableByAll(let mode, _):
            "'\(path)' has mode 0\(String(mode, radix: 8)): every user can change what is in it"
        }
    }

    /// What to do about it.
    public var remedy: String {
        switch kind {
        case .wrongType: "move it away"
        case .foreignOwner(let user):
            "run this as user \(user), or give all of the store to root: chown -hR root '\(path)'"
        case .writableByAll(_, let right): "chmod 0\(String(right, radix: 8)) '\(path)'"
        }
    }

    /// Whether the store cannot even be asked.
    var isOfWrongType: Bool { if case .wrongType = kind { true } else { false } }

    /// What is wrong with the directories and files of `layout`; those that are absent are fine.
    ///
    /// What holds the directories is not looked at: nobody who can move a store away can put one there
    /// that belongs to somebody else.
    ///
    /// - Throws: ``LocalStoreError/system(operation:path:code:)`` for what may not be looked at.
    static func all(in layout: StoreLayout) throws(LocalStoreError) -> [StoreFault] {
        let links = layout.realStoreDirectory + "/" + LinkFolder.name
        let directories = [
            layout.realStoreDirectory, links, layout.realStateDirectory, layout.databaseDirectory,
            layout.rootsDirectory, layout.automaticRootsDirectory, layout.temporaryRootsDirectory,
            layout.registrationsDirectory, layout.logDirectory,
        ]
        let files = ["", "-wal", "-shm", ".lock"].map { layout.databaseFile + $0 }
        var faults: [StoreFault] = []
        for path in directories {
            if let fault = try fault(of: path, isDirectory: true, right: 0o755) {
                faults.append(fault)
            }
        }
        if let fault = try fault(of: layout.scratchDirectory, isDirectory: true, right: 0o700) {
            faults.append(fault)
        }
        for path in files + [layout.collectorLock] {
            if let fault = try fault(of: path, isDirectory: false, right: 0o644) {
                faults.append(fault)
            }
        }
        return faults
    }

    private static func fault(of path: String, isDirectory: Bool, right: UInt32)
        throws(LocalStoreError) -> StoreFault?
    {
        var status = stat()
        guard unsafe stat(path.systemPath, &status) == 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw .system(operation: "look at", path: path, code: errno)
        }
        let type = status.st_mode & S_IFMT
        guard type == (isDirectory ? S_IFDIR : S_IFREG) else {
            return StoreFault(
                path: path,
                kind: .wrongType(name(of: type), expected: isDirectory ? "directory" : "file"))
        }
        if geteuid() == 0, status.st_uid != 0 {
            return StoreFault(path: path, kind: .foreignOwner(status.st_uid))
        }
        guard status.st_mode & 0o002 != 0 else { return nil }
        return StoreFault(
            path: path, kind: .writableByAll(mode: status.st_mode & 0o7777, right: right))
    }

    private static func name(of type: mode_t) -> String {
        switch type {
        case S_IFREG: "file"
        case S_IFDIR: "directory"
        case S_IFIFO: "named pipe"
        case S_IFSOCK: "socket"
        case S_IFCHR, S_IFBLK: "device"
        default: "file of unknown type"
        }
    }
}
