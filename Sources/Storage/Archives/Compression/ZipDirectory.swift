import Primitives

/// The directory at the end of a zip archive (PKWARE's APPNOTE 6.3, section 4.3.12), as far as names
/// depend on it. What is damaged in it is for libarchive to find.
enum ZipDirectory {
    typealias Change = (offset: UInt64, byte: UInt8)

    private static let headerCount = 46
    /// The entries that are looked at; an extractor takes fewer.
    private static let maximumEntries = 4_000_000

    /// What is to be read differently, so that names stay the bytes they are; sorted by place.
    static func changes(
        in file: borrowing OpenFile, size: UInt64
    ) throws(ArchivesError) -> [Change] {
        guard let place = try place(file, size), place.offset < size else { return [] }
        var changes: [Change] = []
        var position = place.offset
        // Header by header from pieces of the file; names, extra fields and comments have at most
        // 64 KiB each.
        var piece: [UInt8] = []
        var start = position
        for _ in 0..<maximumEntries {
            if position + UInt64(headerCount + 3 * 65_536) > start + UInt64(piece.count),
                piece.isEmpty || start + UInt64(piece.count) < size
            {
                start = position
                piece = try file.bytes(at: position, count: 1 << 20)
            }
            let index = Int(position - start)
            guard index + headerCount <= piece.count,
                piece[index...].starts(with: [0x50, 0x4b, 1, 2])
            else { break }
            let header = Header(bytes: piece[index...])
            changes += header.changes(at: position)
            if let offset = header.localOffset, offset &+ place.correction < size {
                changes += try localChanges(at: offset &+ place.correction, in: file)
            }
            position += UInt64(header.count)
        }
        return changes.sorted { $0.offset < $1.offset }
    }

    /// Changes of the header before an entry's data.
    private static func localChanges(
        at position: UInt64, in file: borrowing OpenFile
    ) throws(ArchivesError) -> [Change] {
        let header = try file.bytes(at: position, count: 30)[...]
        guard header.count == 30, header.starts(with: [0x50, 0x4b, 3, 4]) else { return [] }
        // The upper byte of the version; libarchive takes it for the system.
        var changes: [Change] = header[5] == 0 ? [(position + 5, unix)] : []
        if header[7] & utf8Mark != 0 { changes.append((position + 7, header[7] & ~utf8Mark)) }
        let (nameCount, extraCount) = (header.number(26, 2), Int(header.number(28, 2)))
        guard extraCount > 0 else { return changes }
        let place = position + 30 + nameCount
        let extra = try file.bytes(at: place, count: extraCount)[...]
        // The name once more, as UTF-8 (Info-ZIP's field 0x7075): made another, unknown field.
        if let index = fieldIndex(0x7075, in: extra) {
            changes.append((place + UInt64(index) + 1, 0xff))
        }
        return changes
    }

    /// Where an extra field begins.
    private static func fieldIndex(_ kind: UInt64, in extra: ArraySlice<UInt8>) -> Int? {
        var index = 0
        while index + 4 <= extra.count {
            if extra.number(index, 2) == kind { return index }
            index += 4 + Int(extra.number(index + 2, 2))
        }
        return nil
    }

    /// Where the directory is, and what is to be added to the places that it states: something may
    /// stand before the archive. `nil` when there is no directory.
    private static func place(
        _ file: borrowing OpenFile, _ size: UInt64
    ) throws(ArchivesError) -> (offset: UInt64, correction: UInt64)? {
        // The record of the end, with a comment of at most 64 KiB, is looked for from the end.
        let count = min(size, 22 + 65_535)
        let tail = try file.bytes(at: size - count, count: Int(count))
        guard tail.count >= 22,
            let index = (0...(tail.count - 22)).last(where: {
                tail[$0...].starts(with: [0x50, 0x4b, 5, 6])
            })
        else { return nil }
        let end = size - count + UInt64(index)
        let (directorySize, offset) = (tail[index...].number(12, 4), tail[index...].number(16, 4))
        if offset == 0xffff_ffff || directorySize == 0xffff_ffff, end >= 20 {
            // Zip64: a locator before the record tells where the larger record is.
            let locator = try file.bytes(at: end - 20, count: 20)
            guard locator.starts(with: [0x50, 0x4b, 6, 7]) else { return nil }
            let largerOffset = locator[...].number(8, 8)
            guard largerOffset < size else { return nil }
            let larger = try file.bytes(at: largerOffset, count: 56)
            guard larger.starts(with: [0x50, 0x4b, 6, 6]) else { return nil }
            return (larger[...].number(48, 8), 0)
        }
        let isThere = try file.bytes(at: offset, count: 4) == [0x50, 0x4b, 1, 2]
        if isThere || directorySize > end { return (offset, 0) }
        return (end - directorySize, end - directorySize &- offset)
    }

    private static let unix: UInt8 = 3
    /// Bit 11 of the flags, in their upper byte.
    private static let utf8Mark: UInt8 = 8

    /// One entry of the directory.
    private struct Header {
        let bytes: ArraySlice<UInt8>

        var count: Int {
            ZipDirectory.headerCount + Int(bytes.number(28, 2)) + Int(bytes.number(30, 2))
                + Int(bytes.number(32, 2))
        }

        /// Where the header before the data is; `nil` when it is not stated where it should be.
        var localOffset: UInt64? {
            let short = bytes.number(42, 4)
            guard short == 0xffff_ffff else { return short }
            // Zip64: numbers that have no room are in field 1, in this order.
            let extra = bytes.dropFirst(ZipDirectory.headerCount + Int(bytes.number(28, 2)))
                .prefix(Int(bytes.number(30, 2)))
            guard let index = ZipDirectory.fieldIndex(1, in: extra) else { return nil }
            let before = [24, 20].filter { bytes.number($0, 4) == 0xffff_ffff }.count
            return extra.number(index + 4 + 8 * before, 8)
        }

        func changes(at position: UInt64) -> [Change] {
            var changes: [Change] = []
            let flags = UInt8(bytes.number(9, 1))
            if flags & ZipDirectory.utf8Mark != 0 {
                changes.append((position + 9, flags & ~ZipDirectory.utf8Mark))
            }
            guard bytes.number(5, 1) == 0 else { return changes }
            // Made by MS-DOS: the mode as libarchive would make it, in Unix's place.
            let attributes = bytes.number(38, 1)
            let isReadOnly = attributes & 1 != 0
            let mode: UInt16 =
                attributes & 0x10 != 0
                ? (isReadOnly ? 0o040555 : 0o040775) : (isReadOnly ? 0o100444 : 0o100664)
            return changes + [
                (position + 5, ZipDirectory.unix), (position + 40, UInt8(mode & 0xff)),
                (position + 41, UInt8(mode >> 8)),
            ]
        }
    }
}

extension ArraySlice<UInt8> {
    /// The number of `count` bytes at `offset` from the beginning, least significant byte first; bytes
    /// that are not there are 0.
    fileprivate func number(_ offset: Int, _ count: Int) -> UInt64 {
        let field = dropFirst(offset).prefix(count)
        return field.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}
