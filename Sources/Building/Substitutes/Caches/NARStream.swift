import Archives
import Primitives
import StoreModel
import Synchronization

/// The bytes of a NAR from a cache, hashed and counted while they are read; it ends with an error
/// where more come than were stated.
package struct NARStream: ByteSource, ~Copyable {
    private let pull: (inout [UInt8]) throws -> Int
    private let check: NARCheck

    init<Source: ByteSource & ~Copyable>(_ source: consuming Source, _ check: NARCheck) {
        let box = Box(source)
        pull = { try box.source.read(into: &$0) }
        self.check = check
    }

    /// Reads at most `buffer.count` bytes into the beginning of `buffer`; 0 only at the end.
    package mutating func read(into buffer: inout [UInt8]) throws -> Int {
        let count = try pull(&buffer)
        try check.note(buffer.span.extracting(0..<count))
        return count
    }

    /// Keeps a source that cannot be copied where a closure can reach it.
    private final class Box<Source: ByteSource & ~Copyable> {
        var source: Source
        init(_ source: consuming Source) { self.source = source }
    }
}

/// Compares a NAR with what a narinfo states of it.
final class NARCheck {
    private let size: UInt64
    private let url: String
    private let path: StorePath
    private var sink = DigestSink()

    init(size: UInt64, url: String, path: StorePath) {
        self.size = size
        self.url = url
        self.path = path
    }

    func note(_ bytes: Span<UInt8>) throws(BinaryCacheError) {
        sink.write(bytes)
        guard sink.byteCount <= size else {
            throw fail("it has more than the \(size) bytes that its narinfo states")
        }
    }

    func finish(_ expected: Digest) throws(BinaryCacheError) {
        guard sink.byteCount == size else {
            throw fail("it has \(sink.byteCount) bytes, but its narinfo states \(size)")
        }
        let got = sink.digest()
        guard got == expected else {
            throw fail(
                "its hash is \(got.prefixedNix32), but its narinfo states "
                    + expected.prefixedNix32)
        }
    }

    private func fail(_ reason: String) -> BinaryCacheError {
        .wrongNAR(url: url, path: path, reason: reason)
    }
}
