import CKernel
import Glibc

/// The names in one directory, sorted by their bytes, in about 45 bytes a name.
package struct DirectoryListing {
    /// What `getdents64` says about the kind of an entry; some file systems do not say it.
    package enum Hint {
        case regular
        case directory
        case symlink
        case unknown
    }

    private struct Entry {
        /// The first eight bytes, most significant first, so that most comparisons are of numbers.
        let prefix: UInt64
        /// Where the name begins in `names`.
        let offset: Int
        let count: UInt8
        let type: UInt8
    }

    private var names: [UInt8] = []
    private var entries: [Entry] = []

    /// The number of names, without `.` and `..`.
    package var count: Int { entries.count }

    /// The name at `index`.
    package func name(at index: Int) -> FileName {
        let entry = entries[index]
        return FileName(
            terminated: Array(names[entry.offset...(entry.offset + Int(entry.count))]))
    }

    /// The probable kind of the entry at `index`.
    package func hint(at index: Int) -> Hint {
        switch Int32(entries[index].type) {
        case Int32(DT_REG): .regular
        case Int32(DT_DIR): .directory
        case Int32(DT_LNK): .symlink
        default: .unknown
        }
    }

    /// Reads all names of a directory that was not read before.
    ///
    /// - Parameter limit: stop after about so many names; then the listing is not complete.
    package init(of directory: borrowing DirectoryDescriptor, limit: Int = .max)
        throws(ArchivesError)
    {
        // Most directories are small.
        var buffer = [UInt8](repeating: 0, count: 4096)
        while entries.count < limit {
            let got = unsafe nodeos_getdents(directory.rawValue, &buffer, buffer.count)
            if got < 0 {
                throw .system(
                    operation: "list directory", path: directory.path, code: Int32(-got))
            }
            if got == 0 { break }
            append(buffer.span.extracting(0..<got))
            if buffer.count < 65536, got > 2048 { buffer = [UInt8](repeating: 0, count: 65536) }
        }
        let names = self.names
        entries.sort { left, right in
            if left.prefix != right.prefix { return left.prefix < right.prefix }
            return names[left.offset..<(left.offset + Int(left.count))]
                .lexicographicallyPrecedes(
                    names[right.offset..<(right.offset + Int(right.count))])
        }
    }

    /// Adds records as the kernel lays them out: inode (8 bytes), offset (8), length of the
    /// record (2), kind (1), name, NUL.
    private mutating func append(_ records: Span<UInt8>) {
        var start = 0
        while start + 19 < records.count {
            let length = Int(records[start + 16]) | Int(records[start + 17]) << 8
            let type = records[start + 18]
            let offset = names.count
            var prefix: UInt64 = 0
            var count = 0
            while records[start + 19 + count] != 0 {
                let byte = records[start + 19 + count]
                if count < 8 { prefix |= UInt64(byte) << UInt64(56 - 8 * count) }
                names.append(byte)
                count += 1
            }
            start += length
            let dot: UInt64 = 0x2e << 56
            if count == 1 && prefix == dot || count == 2 && prefix == dot | 0x2e << 48 {
                names.removeLast(count)
                continue
            }
            names.append(0)
            entries.append(
                Entry(prefix: prefix, offset: offset, count: UInt8(count), type: type))
        }
    }
}
