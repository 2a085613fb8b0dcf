import CKernel
import Glibc

extension OpenFile {
    /// What became of two files that were to share their bytes.
    package enum Sharing {
        /// They share them now.
        case shared
        /// They shared them before.
        case alreadyShared
        /// They have not the same bytes.
        case different
        /// The file system cannot do it.
        case unsupported
    }

    /// Whether this file and `other` lie in the same place of the disk, as far as that is known.
    package func sharesBytes(with other: borrowing OpenFile) -> Bool {
        let place = nodeos_first_extent(rawValue)
        return place != 0 && place == nodeos_first_extent(other.rawValue)
    }

    /// Lets this file share the bytes of `other`, if they are the same: each is a file of its own
    /// still, and a change of one does not touch the other.
    ///
    /// The corresponding C function is `ioctl` with `FIDEDUPERANGE`.
    package func shareBytes(of other: borrowing OpenFile) throws(ArchivesError) -> Sharing {
        let size = try status().size
        guard try other.status().size == size else { return .different }
        switch nodeos_share_bytes(other.rawValue, rawValue, size) {
        case 0: return .different
        case 1: return .shared
        case 2: return .alreadyShared
        case -EOPNOTSUPP, -ENOTTY, -EINVAL, -EXDEV, -EPERM, -ENOSYS: return .unsupported
        case let code:
            throw .system(operation: "share the bytes of", path: path, code: Int32(-code))
        }
    }
}
