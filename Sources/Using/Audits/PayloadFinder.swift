import Archives

/// Finds where something packed may begin, anywhere in a stream, by the first bytes of the formats.
struct PayloadFinder: Sendable {
    /// A place where something packed may begin.
    struct Candidate: Hashable, Sendable {
        /// The format, for people.
        let format: String
        /// How to read it.
        let content: MemberReader.Content
        /// Where it begins.
        let offset: UInt64
    }

    /// The bytes behind a place that must be there to judge it.
    static let lookahead = 16
    /// `ustar` stands so many bytes behind the beginning of a tar header.
    private static let tarOffset: UInt64 = 257

    private static let firstBytes: [Bool] = {
        var table = [Bool](repeating: false, count: 256)
        for byte: UInt8 in [0x1f, 0xfd, 0x28, 0x42, 0x50, 0x21, 0x30, 0x75] {
            table[Int(byte)] = true
        }
        return table
    }()

    /// Adds to `found` what may begin in `bytes` before `limit`.
    ///
    /// - Parameter base: the offset of `bytes` in the stream.
    func scan(
        _ bytes: Span<UInt8>, before limit: Int, base: UInt64, into found: inout [Candidate]
    ) {
        let table = Self.firstBytes
        for index in 0..<limit where table[Int(bytes[index])] {
            if let candidate = candidate(bytes, index, base + UInt64(index)) {
                found.append(candidate)
            }
        }
    }

    private func candidate(_ bytes: Span<UInt8>, _ index: Int, _ offset: UInt64) -> Candidate? {
        func has(_ expected: [UInt8]) -> Bool {
            guard index + expected.count <= bytes.count else { return false }
            for (place, byte) in expected.enumerated() where bytes[index + place] != byte {
                return false
            }
            return true
        }
        func byte(_ place: Int) -> UInt8 { index + place < bytes.count ? bytes[index + place] : 0 }
        switch bytes[index] {
        case 0x1f:
            // Deflate, no reserved flag, an operating system that RFC 1952 knows.
            guard has([0x1f, 0x8b, 8]), byte(3) < 0x20, byte(9) <= 13 || byte(9) == 255
            else { return nil }
            return Candidate(format: "gzip", content: .compressed, offset: offset)
        case 0xfd:
            guard has([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]) else { return nil }
            return Candidate(format: "xz", content: .compressed, offset: offset)
        case 0x28:
            // The reserved bit of the frame's descriptor is zero.
            guard has([0x28, 0xb5, 0x2f, 0xfd]), byte(4) & 8 == 0 else { return nil }
            return Candidate(format: "zstd", content: .compressed, offset: offset)
        case 0x42:
            guard has([0x42, 0x5a, 0x68]), (0x31...0x39).contains(byte(3)) else { return nil }
            let block = (4..<10).map(byte) == [0x31, 0x41, 0x59, 0x26, 0x53, 0x59]
            return block ? Candidate(format: "bzip2", content: .compressed, offset: offset) : nil
        case 0x50:
            guard has([0x50, 0x4b, 3, 4]), byte(4) < 64, byte(5) < 20 else { return nil }
            return Candidate(format: "zip", content: .archive, offset: offset)
        case 0x21:
            guard has(Array("!<arch>\n".utf8)) else { return nil }
            return Candidate(format: "ar", content: .archive, offset: offset)
        case 0x30:
            guard has(Array("0707".utf8)), byte(4) == 0x30,
                [0x31, 0x32, 0x37].contains(byte(5))
            else { return nil }
            return Candidate(format: "cpio", content: .archive, offset: offset)
        default:
            guard has(Array("ustar".utf8)), offset >= Self.tarOffset,
                byte(5) == 0 || byte(5) == 0x20
            else { return nil }
            return Candidate(
                format: "tar", content: .archive, offset: offset - Self.tarOffset)
        }
    }
}
