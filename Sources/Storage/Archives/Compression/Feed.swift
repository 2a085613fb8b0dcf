import CArchive
import Primitives

/// What libarchive's read callback pulls from: a source, and memory that stays where it is between
/// two calls, as libarchive demands.
@safe
final class Feed {
    private let pull: (inout [UInt8]) throws -> Int
    private var chunk: [UInt8]
    private let memory: UnsafeMutableRawBufferPointer
    /// What the source threw; libarchive itself knows only that reading failed.
    var failure: (any Error)?
    /// How many bytes libarchive may still pull, where they are limited; below 0 when it wanted more
    /// and was refused.
    var allowance: Int?

    init(_ pull: @escaping (inout [UInt8]) throws -> Int) {
        self.pull = pull
        chunk = [UInt8](repeating: 0, count: 131_072)
        unsafe memory = .allocate(byteCount: 131_072, alignment: 16)
    }

    deinit { unsafe memory.deallocate() }

    /// Opens `archive` on this feed, which must live as long as the archive is read.
    func open(_ archive: OpaquePointer) -> Int32 {
        let client = unsafe Unmanaged.passUnretained(self).toOpaque()
        return unsafe archive_read_open(
            archive, client, nil,
            { _, client, block in
                guard let client = unsafe client, let block = unsafe block else { return -1 }
                let feed = unsafe Unmanaged<Feed>.fromOpaque(client).takeUnretainedValue()
                unsafe block.pointee = UnsafeRawPointer(feed.memory.baseAddress)
                return feed.next()
            }, nil)
    }

    private func next() -> Int {
        do {
            if let allowance, allowance < 0 { return Int(ARCHIVE_FATAL) }
            let count = try pull(&chunk)
            allowance? -= count
            unsafe chunk.withUnsafeBytes {
                unsafe memory.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[..<count]))
            }
            return count
        } catch {
            failure = error
            return Int(ARCHIVE_FATAL)
        }
    }
}

/// Keeps a source that cannot be copied where a closure can reach it.
final class SourceBox<Source: ByteSource & ~Copyable> {
    var source: Source
    init(_ source: consuming Source) { self.source = source }
}
