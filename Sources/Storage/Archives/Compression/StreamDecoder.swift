import Primitives

/// Decodes gzip, xz and lzma, stream after stream: the checksums that they carry are compared, and none
/// takes more memory than ``memoryLimit``. Bytes behind the last stream do not matter.
final class StreamDecoder {
    /// A compressed format, told by its first bytes.
    enum Format {
        case gzip, xz, lzma

        /// How many bytes tell the format.
        static let lookahead = 13

        /// The format of a stream that begins with `bytes`; `nil` when it is none of these.
        init?(_ bytes: ArraySlice<UInt8>) {
            if bytes.starts(with: [0x1f, 0x8b, 8]) {
                self = .gzip
            } else if bytes.starts(with: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]) {
                self = .xz
            } else if Self.isLZMA(bytes) {
                self = .lzma
            } else {
                return nil
            }
        }

        /// lzma has no magic number: its usual parameters, a dictionary of 2^n or 2^n + 2^(n-1) bytes,
        /// and a size that is unknown or could be one.
        private static func isLZMA(_ bytes: ArraySlice<UInt8>) -> Bool {
            guard bytes.count >= lookahead, let first = bytes.first, first == 0x5d || first == 0x5e
            else { return false }
            func number(_ range: Range<Int>) -> UInt64 {
                range.reversed().reduce(0) { $0 << 8 | UInt64(bytes[bytes.startIndex + $1]) }
            }
            let (dictionary, size) = (number(1..<5), number(5..<13))
            let ones = dictionary.nonzeroBitCount
            let isUsual =
                dictionary >= 4096
                && (ones == 1 || dictionary == 0xffff_ffff
                    || ones == 2 && dictionary >> (dictionary.trailingZeroBitCount) == 3)
            return isUsual && (size == .max || size < 1 << 48)
        }
    }

    /// The most memory that a stream may ask for, in bytes: dictionaries of 64 MiB are the largest that
    /// `xz -9` makes.
    static let memoryLimit: UInt64 = 256 << 20

    private let format: Format
    private let name: String
    private let pull: (inout [UInt8]) throws -> Int
    private let engine: StreamEngine
    private var input = [UInt8](repeating: 0, count: 131_072)
    private var start = 0
    private var end = 0
    private var isAtEnd = false

    /// A decoder of what `pull` gives, which begins with a stream of `format`.
    ///
    /// - Parameter name: of what is decoded, for messages.
    init(
        _ format: Format, name: String, _ pull: @escaping (inout [UInt8]) throws -> Int
    ) throws(ArchivesError) {
        guard let engine = StreamEngine(format, memoryLimit: Self.memoryLimit) else {
            throw .damagedArchive(archive: name, entry: nil, message: "out of memory")
        }
        self.engine = engine
        self.format = format
        self.name = name
        self.pull = pull
    }

    /// Decodes at most `buffer.count` bytes into the beginning of `buffer`; 0 only at the end.
    func read(into buffer: inout [UInt8]) throws -> Int {
        while !isAtEnd {
            let isDry = try start == end && !fill()
            let (state, taken, made) = engine.run(input[start..<end], into: &buffer)
            start += taken
            switch state {
            case .ended: isAtEnd = try !beginNext()
            case .goesOn:
                if made == 0, isDry {
                    throw fault("it is cut off: its \(format) stream has no end")
                }
            case .tooMuchMemory(let needed):
                throw fault(
                    "to decompress it, \(ByteCount(needed)) of memory are needed, and no more than "
                        + "\(ByteCount(Self.memoryLimit)) are taken; compress it with a smaller "
                        + "dictionary")
            case .damaged(let text):
                throw fault("its \(format) stream is damaged" + (text.map { ": \($0)" } ?? ""))
            }
            if made > 0 { return made }
        }
        return 0
    }

    /// Whether another stream of the format follows; then the decoder stands before it.
    private func beginNext() throws -> Bool {
        if format == .lzma { return false }
        while true {
            // xz may be padded with zeros.
            if format == .xz { while start < end, input[start] == 0 { start += 1 } }
            if end - start >= Format.lookahead { break }
            let rest = Array(input[start..<end])
            guard try fill() else { return false }
            input.replaceSubrange(0..<0, with: rest)
            end += rest.count
        }
        guard Format(input[start..<end]) == format else { return false }
        guard engine.restart() else { throw fault("out of memory") }
        return true
    }

    private func fill() throws -> Bool {
        (start, end) = (0, try pull(&input))
        return end > 0
    }

    private func fault(_ message: String) -> ArchivesError {
        .damagedArchive(archive: name, entry: nil, message: message)
    }
}
