import CArchive
import Primitives

/// A zip archive as libarchive reads it, here and there in the file, with a few bytes of its headers
/// changed on the way.
///
/// libarchive converts names that are marked as UTF-8 into the locale's character set (and fails where a
/// sandbox has none), composes them, and makes slashes of backslashes in archives made by MS-DOS. Names
/// are bytes here: without the mark, and made by Unix, they stay what they are.
@safe
final class ZipInput {
    /// Bytes that libarchive gets at once.
    private static let pieceSize = 131_072

    private let file: OpenFile
    private let size: UInt64
    private let memory: UnsafeMutableRawBufferPointer
    private var position: UInt64 = 0
    /// Bytes that are read differently, by their place.
    private var changes: [(offset: UInt64, byte: UInt8)] = []
    /// What reading threw; libarchive itself knows only that it failed.
    private(set) var failure: (any Error)?

    /// Reads the archive's directory.
    init(_ file: consuming OpenFile, name: String) throws(ArchivesError) {
        size = try file.status().size
        self.file = file
        unsafe memory = .allocate(byteCount: Self.pieceSize, alignment: 16)
        changes = try ZipDirectory.changes(in: self.file, size: size)
    }

    deinit { unsafe memory.deallocate() }

    /// Opens `archive` on this file, which must live as long as the archive is read.
    func open(_ archive: OpaquePointer) -> Int32 {
        let client = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe archive_read_set_callback_data(archive, client)
        unsafe archive_read_set_read_callback(archive) { _, client, block in
            guard let client = unsafe client, let block = unsafe block else { return -1 }
            let input = unsafe Unmanaged<ZipInput>.fromOpaque(client).takeUnretainedValue()
            unsafe block.pointee = UnsafeRawPointer(input.memory.baseAddress)
            return input.next()
        }
        unsafe archive_read_set_seek_callback(archive) { _, client, offset, whence in
            guard let client = unsafe client else { return -1 }
            return unsafe Unmanaged<ZipInput>.fromOpaque(client).takeUnretainedValue()
                .seek(offset, whence)
        }
        return unsafe archive_read_open1(archive)
    }

    private func next() -> Int {
        do {
            let bytes = try file.bytes(at: position, count: Self.pieceSize)
            unsafe bytes.withUnsafeBytes { unsafe memory.copyMemory(from: $0) }
            let end = position + UInt64(bytes.count)
            var index = firstChange(from: position)
            while index < changes.count, changes[index].offset < end {
                unsafe memory[Int(changes[index].offset - position)] = changes[index].byte
                index += 1
            }
            position = end
            return bytes.count
        } catch {
            failure = error
            return Int(ARCHIVE_FATAL)
        }
    }

    private func seek(_ offset: Int64, _ whence: Int32) -> Int64 {
        let base = whence == SEEK_SET ? 0 : Int64(whence == SEEK_CUR ? position : size)
        let (target, overflow) = base.addingReportingOverflow(offset)
        guard !overflow, target >= 0 else { return Int64(ARCHIVE_FATAL) }
        position = UInt64(target)
        return target
    }

    /// The first change at `offset` or behind it.
    private func firstChange(from offset: UInt64) -> Int {
        var (low, high) = (0, changes.count)
        while low < high {
            let middle = (low + high) / 2
            if changes[middle].offset < offset { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
