import CArchive
import Glibc
import Primitives

/// The header of one archive entry.
struct ArchiveEntry {
    enum Kind: Equatable {
        case regular
        case directory
        case symlink(target: ByteString)
        case hardLink(target: ByteString)
        case other(String)
    }

    let path: ByteString
    let kind: Kind
    let mode: UInt32
    /// The size in bytes, where the format says it.
    let size: UInt64?
    /// In seconds since the epoch, where the format says it.
    let modificationTime: Int64?

    /// Copies the header; `nil` when its name or target cannot be read.
    init?(_ entry: OpaquePointer) {
        guard let path = unsafe Self.bytes(archive_entry_pathname(entry)) else { return nil }
        self.path = path
        mode = unsafe archive_entry_perm(entry)
        size =
            unsafe archive_entry_size_is_set(entry) != 0
            ? UInt64(max(0, unsafe archive_entry_size(entry))) : nil
        modificationTime =
            unsafe archive_entry_mtime_is_set(entry) != 0
            ? Int64(unsafe archive_entry_mtime(entry)) : nil
        if let target = unsafe Self.bytes(archive_entry_hardlink(entry)) {
            kind = .hardLink(target: target)
            return
        }
        switch unsafe archive_entry_filetype(entry) {
        case 0o100000: kind = .regular
        // The entries of ar archives have no type.
        case 0: kind = .regular
        case 0o040000: kind = .directory
        case 0o120000:
            guard let target = unsafe Self.bytes(archive_entry_symlink(entry)) else { return nil }
            kind = .symlink(target: target)
        case 0o020000: kind = .other("character device")
        case 0o060000: kind = .other("block device")
        case 0o010000: kind = .other("named pipe")
        case 0o140000: kind = .other("socket")
        default: kind = .other("file of unknown type")
        }
    }

    private static func bytes(_ text: UnsafePointer<CChar>?) -> ByteString? {
        guard let text = unsafe text else { return nil }
        return ByteString(
            unsafe Array(UnsafeBufferPointer(start: text, count: strlen(text)))
                .map { UInt8(bitPattern: $0) })
    }
}
