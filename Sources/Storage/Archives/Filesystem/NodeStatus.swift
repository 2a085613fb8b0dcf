import CKernel
import Glibc

/// What `fstatat` knows about one file.
package struct NodeStatus {
    /// The kinds of file.
    package enum Kind {
        case regular
        case directory
        case symlink
        case other(String)
    }

    package let kind: Kind
    package let mode: UInt32
    package let size: UInt64
    /// What it takes on the disk, in bytes.
    package let diskSize: UInt64
    package let device: UInt64
    package let inode: UInt64
    package let linkCount: UInt64
    package let user: UInt32
    package let group: UInt32
    package let modificationSeconds: Int64
    package let modificationNanoseconds: Int64
    /// When its metadata changed last.
    package let changeSeconds: Int64

    /// Whether the owner may execute it: the one permission that a NAR knows.
    package var isExecutable: Bool { mode & 0o100 != 0 }
    /// Identifies the file on this machine.
    package var identity: FileIdentity { FileIdentity(device: device, inode: inode) }

    init(_ status: stat) {
        kind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .regular
            case S_IFDIR: .directory
            case S_IFLNK: .symlink
            case S_IFIFO: .other("named pipe")
            case S_IFSOCK: .other("socket")
            case S_IFCHR: .other("character device")
            case S_IFBLK: .other("block device")
            default: .other("file of unknown type")
            }
        mode = status.st_mode & 0o7777
        size = UInt64(max(0, status.st_size))
        // POSIX leaves the unit open; Linux counts in 512 bytes, whatever the block size.
        diskSize = UInt64(max(0, status.st_blocks)) * 512
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        linkCount = UInt64(status.st_nlink)
        user = status.st_uid
        group = status.st_gid
        modificationSeconds = Int64(status.st_mtim.tv_sec)
        modificationNanoseconds = Int64(status.st_mtim.tv_nsec)
        changeSeconds = Int64(status.st_ctim.tv_sec)
    }
}

/// One file, whatever its names.
package struct FileIdentity: Hashable {
    package let device: UInt64
    package let inode: UInt64
}
