/// Writes zip archives without compression (APPNOTE 6.3), with any header.
struct ZipBuilder {
    private var bytes: [UInt8] = []
    private var directory: [UInt8] = []
    private var count = 0

    /// Adds an entry.
    ///
    /// - Parameters:
    ///   - system: who made it: 3 is Unix, 0 MS-DOS.
    ///   - attributes: the mode above 16 bits of what MS-DOS knows.
    ///   - isUTF8: whether the name is marked as UTF-8.
    mutating func add(
        _ name: [UInt8], _ contents: [UInt8], isUTF8: Bool = false, system: UInt8 = 3,
        attributes: UInt32 = 0o100644 << 16, extra: [UInt8] = []
    ) {
        let flags: [UInt8] = [0, isUTF8 ? 8 : 0]
        let time: [UInt8] = [0, 0, 0x21, 0x50]
        let sizes =
            Self.number(CRC32.of(contents), 4) + Self.number(UInt32(contents.count), 4)
            + Self.number(UInt32(contents.count), 4) + Self.number(UInt32(name.count), 2)
            + Self.number(UInt32(extra.count), 2)
        let offset = UInt32(bytes.count)
        bytes +=
            [0x50, 0x4b, 3, 4, 20, 0] + flags + [0, 0] + time + sizes + name + extra + contents
        directory += [0x50, 0x4b, 1, 2, 20, system, 20, 0] + flags + [0, 0] + time + sizes
        directory += [0, 0, 0, 0, 0, 0] + Self.number(attributes, 4) + Self.number(offset, 4)
        directory += name + extra
        count += 1
    }

    /// The archive with its end.
    var archive: [UInt8] {
        bytes + directory + [0x50, 0x4b, 5, 6, 0, 0, 0, 0] + Self.number(UInt32(count), 2)
            + Self.number(UInt32(count), 2) + Self.number(UInt32(directory.count), 4)
            + Self.number(UInt32(bytes.count), 4) + [0, 0]
    }

    private static func number(_ value: UInt32, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt32(8 * $0)) }
    }
}

/// The checksum of zip, gzip and xz (IEEE 802.3).
enum CRC32 {
    static func of(_ bytes: some Sequence<UInt8>) -> UInt32 {
        ~bytes.reduce(UInt32.max) { value, byte in
            (0..<8).reduce(value ^ UInt32(byte)) { rest, _ in
                rest >> 1 ^ (rest & 1 == 1 ? 0xedb8_8320 : 0)
            }
        }
    }
}
