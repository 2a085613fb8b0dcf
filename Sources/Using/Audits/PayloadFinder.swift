/// Finds where something packed may begin, anywhere in a stream, by the first bytes of the formats.
struct PayloadFinder: Sendable {
    /// How something is packed.
    enum Packing: Hashable, Sendable {
        /// tar, zip, cpio or ar.
        case archive
        /// bzip2, xz, lzma or zstd.
        case compressed
        /// Deflate with gzip's or zlib's header.
        case gzip, zlib
        /// zlib's stream cut into the `IDAT` chunks of a PNG image.
        case imageData
    }

    /// A place where something packed may begin.
    struct Candidate: Hashable, Sendable {
        /// The format, for people.
        let format: String
        /// How to read it.
        let packing: Packing
        /// Where it begins.
        let offset: UInt64
        /// Whether so many bytes fit that it can be nothing else: when it cannot be read, something
        /// was not looked at. Of others most are no streams at all.
        let isCertain: Bool
    }

    /// The bytes behind a place that must be there to judge it.
    static let lookahead = 32
    /// `ustar` stands so many bytes behind the beginning of a tar header.
    private static let tarOffset: UInt64 = 257

    /// The first two bytes of each format, the first as the index.
    private static let beginnings: [[UInt8]] = {
        var table = [[UInt8]](repeating: [], count: 256)
        for (first, second): (UInt8, [UInt8]) in [
            (0x1f, [0x8b]), (0xfd, [0x37]), (0x28, [0xb5]), (0x42, [0x5a]), (0x50, [0x4b]),
            (0x21, [0x3c]), (0x30, [0x37]), (0x75, [0x73]), (0x78, [0x01, 0x5e, 0x9c, 0xda]),
            (0x5d, [0]), (0x49, [0x44]), (0x5a, [0x4c]),
        ] { table[Int(first)] = second }
        return table
    }()
    private static let firstBytes = beginnings.map { !$0.isEmpty }

    /// Adds to `found` what may begin in `bytes` before `limit`.
    ///
    /// - Parameter base: the offset of `bytes` in the stream.
    func scan(
        _ bytes: Span<UInt8>, before limit: Int, base: UInt64, into found: inout [Candidate]
    ) {
        let table = Self.firstBytes
        let last = min(limit, bytes.count - 1)
        var index = 0
        while index < last {
            defer { index += 1 }
            guard table[Int(bytes[index])],
                Self.beginnings[Int(bytes[index])].contains(bytes[index + 1])
            else { continue }
            var head: [UInt8] = []
            head.reserveCapacity(Self.lookahead)
            for place in index..<min(index + Self.lookahead, bytes.count) {
                head.append(bytes[place])
            }
            if let candidate = Head(bytes: head, offset: base + UInt64(index)).candidate {
                found.append(candidate)
            }
        }
    }

    /// The bytes where something may begin.
    private struct Head {
        let bytes: [UInt8]
        let offset: UInt64

        func has(_ expected: some Collection<UInt8>) -> Bool { bytes.starts(with: expected) }
        func byte(_ place: Int) -> UInt8 { place < bytes.count ? bytes[place] : 0 }

        /// Least significant byte first.
        func number(_ place: Int, _ count: Int) -> UInt64 {
            (0..<count).reversed().reduce(0) { $0 << 8 | UInt64(byte(place + $1)) }
        }

        func make(
            _ format: String, _ packing: Packing, isCertain: Bool = true, skipping: UInt64 = 0
        ) -> Candidate {
            Candidate(
                format: format, packing: packing, offset: offset + skipping,
                isCertain: isCertain || offset == 0 && packing != .zlib)
        }

        var candidate: Candidate? {
            switch bytes[0] {
            case 0x1f: gzip
            case 0xfd: xz
            case 0x28: zstd
            case 0x42:
                has("BZh".utf8) && (0x31...0x39).contains(byte(3))
                    && bytes.dropFirst(4).starts(with: [0x31, 0x41, 0x59, 0x26, 0x53, 0x59])
                    ? make("bzip2", .compressed) : nil
            case 0x50: zip
            case 0x21: has("!<arch>\n".utf8) ? make("ar", .archive, isCertain: false) : nil
            case 0x30:
                has("0707".utf8) && byte(4) == 0x30 && [0x31, 0x32, 0x37].contains(byte(5))
                    ? make("cpio", .archive, isCertain: false) : nil
            case 0x75: tar
            case 0x5d: lzma
            case 0x49:
                // The first chunk of an image's data; the others do not begin like zlib's stream.
                has("IDAT".utf8) && hasZlib(at: 4)
                    ? make("image data", .imageData, skipping: 4) : nil
            case 0x5a:
                // A section ".zdebug…": the unpacked size in eight bytes, the highest first.
                has("ZLIB".utf8) && bytes.dropFirst(4).prefix(3).allSatisfy { $0 == 0 }
                    && hasZlib(at: 12) ? make("zlib", .zlib, skipping: 12) : nil
            default: hasZlib(at: 0) ? make("zlib", .zlib, isCertain: false) : nil
            }
        }

        private var gzip: Candidate? {
            // Deflate, no reserved flag, an operating system that RFC 1952 knows.
            guard has([0x1f, 0x8b, 8]), byte(3) < 0x20, byte(9) <= 13 || byte(9) == 255
            else { return nil }
            return make("gzip", .gzip, isCertain: false)
        }

        private var xz: Candidate? {
            guard has([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]) else { return nil }
            let isTrue = number(8, 4) == UInt64(StreamEnd.checksum(bytes.dropFirst(6).prefix(2)))
            return make("xz", .compressed, isCertain: isTrue)
        }

        private var zstd: Candidate? {
            // The reserved bit of the frame's descriptor is zero.
            guard has([0x28, 0xb5, 0x2f, 0xfd]), byte(4) & 8 == 0 else { return nil }
            // A constant of a program that reads such streams has something else behind it.
            let isSingle = byte(4) & 0x20 != 0
            let isPlain = byte(4) & 0x17 == byte(4) & 4
            let block = number(
                5 + (isSingle ? 0 : 1) + [isSingle ? 1 : 0, 2, 4, 8][Int(byte(4) >> 6)], 3)
            let isTrue =
                isPlain && (isSingle || byte(5) >> 3 <= 17) && block >> 1 & 3 != 3
                && block >> 3 <= 131_072 && (block >> 1 & 3 == 2 || block & 1 == 1)
            return make("zstd", .compressed, isCertain: isTrue)
        }

        private var zip: Candidate? {
            let methods: Set<UInt64> = [
                0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 12, 14, 93, 95, 97, 98, 99,
            ]
            guard has([0x50, 0x4b, 3, 4]), byte(4) < 64, byte(5) < 20,
                methods.contains(number(8, 2)), (1...4096).contains(number(26, 2))
            else { return nil }
            return make("zip", .archive)
        }

        private var tar: Candidate? {
            guard has("ustar".utf8), offset >= PayloadFinder.tarOffset,
                byte(5) == 0 || byte(5) == 0x20
            else { return nil }
            return Candidate(
                format: "tar", packing: .archive, offset: offset - PayloadFinder.tarOffset,
                isCertain: offset == PayloadFinder.tarOffset)
        }

        /// The properties that everybody uses, a dictionary of a power of two, a size that is not
        /// known or less than a terabyte, and the zero that the range coder begins with.
        private var lzma: Candidate? {
            let (dictionary, size) = (number(1, 4), number(5, 8))
            guard dictionary.nonzeroBitCount == 1, dictionary >= 4096,
                size == .max || size < 1 << 40 && size > 0, bytes.count > 13, byte(13) == 0
            else { return nil }
            return make("lzma", .compressed, isCertain: false)
        }

        /// Deflate, a header whose checksum is right, no dictionary; a first block that can be one.
        private func hasZlib(at place: Int) -> Bool {
            let header = UInt16(byte(place)) << 8 | UInt16(byte(place + 1))
            guard place + 3 <= bytes.count, header.isMultiple(of: 31), header & 0x20 == 0,
                byte(place) & 15 == 8, byte(place) <= 0x78
            else { return false }
            let word = number(place + 2, 3)
            return switch word >> 1 & 3 {
            case 0: number(place + 3, 2) ^ number(place + 5, 2) == 0xffff
            case 1: true
            case 2: word >> 3 & 31 < 30 && word >> 8 & 31 < 30
            default: false
            }
        }
    }
}
