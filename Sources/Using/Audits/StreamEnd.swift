/// Finds where a compressed stream in the middle of other bytes ends. The decompressors of xz and zstd
/// throw the last piece away when bytes follow that are none of theirs.
enum StreamEnd {
    /// The end of the stream that begins at `offset`; `nil` when it cannot be told, and need not for
    /// formats other than xz and zstd.
    static func find(_ format: String, in blob: Blob, from offset: UInt64) throws -> UInt64? {
        switch format {
        case "xz": try xz(blob, offset)
        case "zstd": try zstd(blob, offset)
        default: nil
        }
    }

    /// By the footer of a stream (xz file format 1.2.1, section 2.1.2): a CRC-32 of the six bytes
    /// behind it, which end with the flags of the header, then `YZ`; at a multiple of four bytes.
    private static func xz(_ blob: Blob, _ offset: UInt64) throws -> UInt64? {
        let flags = try blob.bytes(at: offset + 6, count: 2)
        guard flags.count == 2 else { return nil }
        var position = offset + 12
        while true {
            let bytes = try blob.bytes(at: position, count: 1 << 16)
            guard bytes.count >= 12 else { return nil }
            for end in stride(from: 12, through: bytes.count, by: 4)
            where bytes[end - 2] == 0x59 && bytes[end - 1] == 0x5a {
                let covered = bytes[(end - 8)..<(end - 2)]
                if covered.suffix(2).elementsEqual(flags),
                    number(bytes[(end - 12)..<(end - 8)]) == UInt64(checksum(covered))
                {
                    return position + UInt64(end)
                }
            }
            // The next piece begins so that no footer is cut, still at a multiple of four.
            position += UInt64((bytes.count - 8) / 4 * 4)
        }
    }

    /// By the headers of its blocks (RFC 8878, section 3.1.1).
    private static func zstd(_ blob: Blob, _ offset: UInt64) throws -> UInt64? {
        guard let descriptor = try blob.bytes(at: offset + 4, count: 1).first else { return nil }
        let isSingleSegment = descriptor & 0x20 != 0
        let dictionaryBytes = [0, 1, 2, 4][Int(descriptor & 3)]
        let sizeBytes = [isSingleSegment ? 1 : 0, 2, 4, 8][Int(descriptor >> 6)]
        var position =
            offset + 5 + (isSingleSegment ? 0 : 1) + UInt64(dictionaryBytes + sizeBytes)
        while true {
            let header = try blob.bytes(at: position, count: 3)
            guard header.count == 3 else { return nil }
            let word = number(header[...])
            let type = word >> 1 & 3
            // No block is larger than 128 KiB (section 3.1.1.2.4).
            guard type != 3, word >> 3 <= 131_072 else { return nil }
            position += 3 + (type == 1 ? 1 : word >> 3)
            if word & 1 == 1 {
                let end = position + (descriptor & 4 != 0 ? 4 : 0)
                return end <= blob.size ? end : nil
            }
        }
    }

    /// Least significant byte first.
    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// CRC-32 of IEEE 802.3, bit by bit: it is for six bytes.
    static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        var value: UInt32 = .max
        for byte in bytes {
            value ^= UInt32(byte)
            for _ in 0..<8 { value = value >> 1 ^ (value & 1 == 1 ? 0xedb8_8320 : 0) }
        }
        return ~value
    }
}
