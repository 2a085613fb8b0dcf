import CLZMA
import CZlib
import Glibc

/// zlib or liblzma, decoding one stream after another: libarchive's own filters compare no checksum of gzip,
/// and take as much memory as the header of an xz or lzma stream states.
@safe
final class StreamEngine {
    /// Where the decoder stands after a call.
    enum State {
        /// It wants more input, or more room.
        case goesOn
        /// The stream is whole, its checksum right.
        case ended
        /// What the library says is wrong, where it does.
        case damaged(String?)
        /// How many bytes of memory the stream asks for.
        case tooMuchMemory(UInt64)
    }

    /// The library's state, which must stay where it is.
    @safe
    private enum Library {
        case zlib(UnsafeMutablePointer<z_stream>)
        case lzma(UnsafeMutablePointer<lzma_stream>)
    }

    private let format: StreamDecoder.Format
    private let memoryLimit: UInt64
    private let library: Library

    /// 15 bits of window, and 16 for gzip's header, and its checksum and length behind the bytes.
    private static let gzipWindow: Int32 = 15 + 16

    /// A decoder before the first byte of a stream; `nil` when there is no memory for it.
    init?(_ format: StreamDecoder.Format, memoryLimit: UInt64) {
        self.format = format
        self.memoryLimit = memoryLimit
        switch format {
        case .gzip:
            let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
            unsafe stream.initialize(to: z_stream())
            unsafe library = .zlib(stream)
            guard unsafe nodeos_inflate_begin(stream, Self.gzipWindow) == Z_OK else { return nil }
        case .xz, .lzma:
            let stream = UnsafeMutablePointer<lzma_stream>.allocate(capacity: 1)
            unsafe stream.initialize(to: lzma_stream())
            unsafe library = .lzma(stream)
            guard restart() else { return nil }
        }
    }

    deinit {
        switch library {
        case .zlib(let stream):
            unsafe inflateEnd(stream)
            unsafe stream.deallocate()
        case .lzma(let stream):
            unsafe lzma_end(stream)
            unsafe stream.deallocate()
        }
    }

    /// Makes the decoder ready for the first byte of another stream; false when it cannot.
    func restart() -> Bool {
        switch library {
        case .zlib(let stream): unsafe inflateReset2(stream, Self.gzipWindow) == Z_OK
        case .lzma(let stream):
            format == .xz
                ? unsafe lzma_stream_decoder(stream, memoryLimit, 0) == LZMA_OK
                : unsafe lzma_alone_decoder(stream, memoryLimit) == LZMA_OK
        }
    }

    /// Decodes from `input` into the beginning of `buffer`: how many bytes were taken, and how many made.
    func run(
        _ input: ArraySlice<UInt8>, into buffer: inout [UInt8]
    ) -> (state: State, taken: Int, made: Int) {
        unsafe input.withUnsafeBufferPointer { input in
            unsafe buffer.withUnsafeMutableBufferPointer { output in
                switch library {
                case .zlib(let stream): unsafe inflate(stream, input, output)
                case .lzma(let stream): unsafe decode(stream, input, output)
                }
            }
        }
    }

    private func inflate(
        _ stream: UnsafeMutablePointer<z_stream>, _ input: UnsafeBufferPointer<UInt8>,
        _ output: UnsafeMutableBufferPointer<UInt8>
    ) -> (State, Int, Int) {
        // zlib takes a pointer that may be written through, and does not.
        unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
        unsafe stream.pointee.avail_in = UInt32(input.count)
        unsafe stream.pointee.next_out = output.baseAddress
        unsafe stream.pointee.avail_out = UInt32(output.count)
        let code = unsafe CZlib.inflate(stream, Z_NO_FLUSH)
        let taken = unsafe input.count - Int(stream.pointee.avail_in)
        let made = unsafe output.count - Int(stream.pointee.avail_out)
        let state: State =
            switch code {
            case Z_STREAM_END: .ended
            // Z_BUF_ERROR: it can go no further without more input.
            case Z_OK, Z_BUF_ERROR: .goesOn
            case Z_MEM_ERROR: .tooMuchMemory(0)
            default: unsafe .damaged(stream.pointee.msg.map { unsafe String(cString: $0) })
            }
        return (state, taken, made)
    }

    private func decode(
        _ stream: UnsafeMutablePointer<lzma_stream>, _ input: UnsafeBufferPointer<UInt8>,
        _ output: UnsafeMutableBufferPointer<UInt8>
    ) -> (State, Int, Int) {
        unsafe stream.pointee.next_in = input.baseAddress
        unsafe stream.pointee.avail_in = input.count
        unsafe stream.pointee.next_out = output.baseAddress
        unsafe stream.pointee.avail_out = output.count
        let code = unsafe lzma_code(stream, LZMA_RUN)
        let taken = unsafe input.count - stream.pointee.avail_in
        let made = unsafe output.count - stream.pointee.avail_out
        let state: State =
            switch code {
            case LZMA_STREAM_END: .ended
            case LZMA_OK, LZMA_BUF_ERROR, LZMA_NO_CHECK, LZMA_UNSUPPORTED_CHECK: .goesOn
            case LZMA_MEMLIMIT_ERROR, LZMA_MEM_ERROR:
                unsafe .tooMuchMemory(lzma_memusage(stream))
            default: .damaged(nil)
            }
        return (state, taken, made)
    }
}
