import CZlib
import Glibc
import Primitives

/// Reads one stream of deflate in zlib's or gzip's wrapping (RFC 1950 and 1952), to its checksum.
///
/// Unlike libarchive it gives every byte up to the place where a stream is damaged, and tells where a
/// stream ends: that is what somebody needs who looks into bytes that may hold anything.
@safe
package struct InflatingSource: ByteSource, ~Copyable {
    /// What is around the deflated bytes.
    package enum Wrapping: Sendable {
        /// Two bytes of header, an Adler-32 at the end.
        case zlib
        /// A header of at least ten bytes, CRC-32 and size at the end; members that follow each other
        /// without a gap are one stream.
        case gzip
    }

    private let state: InflateState
    private let wrapping: Wrapping
    private let pull: (inout [UInt8]) throws -> Int
    private var chunk: [UInt8]
    private var isAtEnd = false

    /// How many bytes of the input belong to the stream, as far as it was read.
    package private(set) var consumedCount: UInt64 = 0
    /// Whether the input ended before the stream did.
    package private(set) var isCutOff = false
    /// How many bytes came out.
    package private(set) var producedCount: UInt64 = 0

    /// A source of what is deflated in what `pull` gives, 0 bytes at its end.
    ///
    /// - Throws: ``ArchivesError/system(operation:path:code:)`` when there is no memory.
    package init(
        _ wrapping: Wrapping, _ pull: @escaping (inout [UInt8]) throws -> Int
    ) throws(ArchivesError) {
        self.wrapping = wrapping
        self.pull = pull
        state = try InflateState(windowBits: wrapping == .zlib ? 15 : 31)
        // Most of what begins like a stream is none, and that is seen at once.
        chunk = [UInt8](repeating: 0, count: 4096)
    }

    /// Reads at most `buffer.count` bytes into the beginning of `buffer`; 0 only at the end.
    ///
    /// - Throws: ``ArchivesError/damagedArchive(archive:entry:message:)`` once all that came before
    ///   the damage was given; what the input throws.
    package mutating func read(into buffer: inout [UInt8]) throws -> Int {
        while !isAtEnd {
            if state.isEmpty {
                if consumedCount > 0, chunk.count < 65_536 {
                    chunk = [UInt8](repeating: 0, count: 65_536)
                }
                let count = try pull(&chunk)
                guard count > 0 else {
                    isCutOff = true
                    throw damage("it breaks off")
                }
                state.feed(chunk, count)
            }
            let (code, consumed, produced) = state.inflate(into: &buffer)
            consumedCount += UInt64(consumed)
            producedCount += UInt64(produced)
            switch code {
            case Z_OK, Z_BUF_ERROR: break
            case Z_STREAM_END: isAtEnd = try !beginsAnother()
            case Z_NEED_DICT: throw damage("it needs a dictionary that is not in it")
            case Z_MEM_ERROR:
                throw ArchivesError.system(
                    operation: "unpack", path: "a deflated stream", code: ENOMEM)
            default:
                // What came before the damage is given first; the next call comes here again.
                guard produced == 0 else { return produced }
                throw damage(state.message ?? "zlib cannot read it")
            }
            if produced > 0 { return produced }
        }
        return 0
    }

    /// Whether another member of a gzip file follows; then the next bytes are its.
    private mutating func beginsAnother() throws -> Bool {
        guard wrapping == .gzip else { return false }
        if state.isEmpty {
            let count = try pull(&chunk)
            state.feed(chunk, count)
        }
        guard state.next(0) == 0x1f, state.next(1) ?? 0x8b == 0x8b else { return false }
        return state.reset()
    }

    private func damage(_ reason: String) -> ArchivesError {
        .damagedArchive(
            archive: wrapping == .zlib ? "zlib" : "gzip", entry: nil, message: reason)
    }
}

/// zlib's state, which must stay where it is, and the input it points into.
@safe
private final class InflateState {
    private let stream: UnsafeMutablePointer<z_stream>
    private let input: UnsafeMutablePointer<UInt8>
    private static let inputSize = 65_536

    init(windowBits: Int32) throws(ArchivesError) {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        unsafe input = .allocate(capacity: Self.inputSize)
        guard unsafe nodeos_inflate_begin(stream, windowBits) == Z_OK else {
            unsafe input.deallocate()
            unsafe stream.deallocate()
            throw .system(operation: "unpack", path: "a deflated stream", code: ENOMEM)
        }
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe input.deallocate()
        unsafe stream.deallocate()
    }

    /// Whether all input was taken.
    var isEmpty: Bool { unsafe stream.pointee.avail_in == 0 }

    /// Why the last call failed, in zlib's words.
    var message: String? { unsafe stream.pointee.msg.map { unsafe String(cString: $0) } }

    /// Makes the first `count` bytes of `chunk` the input; all of the last one was taken.
    func feed(_ chunk: [UInt8], _ count: Int) {
        unsafe chunk.withUnsafeBufferPointer { bytes in
            guard let start = bytes.baseAddress else { return }
            unsafe input.update(from: start, count: min(count, Self.inputSize))
        }
        unsafe stream.pointee.next_in = unsafe input
        unsafe stream.pointee.avail_in = UInt32(min(count, Self.inputSize))
    }

    /// A byte of the input that was not taken yet; `nil` when it is not there.
    func next(_ index: Int) -> UInt8? {
        unsafe index < Int(stream.pointee.avail_in) ? stream.pointee.next_in[index] : nil
    }

    /// Begins a new stream with the input that is left.
    func reset() -> Bool { unsafe inflateReset(stream) == Z_OK }

    /// Inflates into `buffer`; returns zlib's code, and how many bytes were taken and given.
    func inflate(into buffer: inout [UInt8]) -> (code: Int32, consumed: Int, produced: Int) {
        let before = unsafe stream.pointee.avail_in
        let size = buffer.count
        return unsafe buffer.withUnsafeMutableBufferPointer { bytes in
            unsafe stream.pointee.next_out = bytes.baseAddress
            unsafe stream.pointee.avail_out = UInt32(size)
            let code = unsafe CZlib.inflate(stream, Z_NO_FLUSH)
            let produced = unsafe size - Int(stream.pointee.avail_out)
            return (code, Int(unsafe before - stream.pointee.avail_in), produced)
        }
    }
}
