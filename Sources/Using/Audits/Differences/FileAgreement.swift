import Archives

/// One pass over two files side by side: where they differ first, in how many bytes and runs, and
/// whether they hold the same lines or bytes in another order. Memory: two pieces of 64 KiB.
struct FileAgreement {
    /// The first bytes of the first runs that differ, at most ``limit``.
    private(set) var starts: [UInt64] = []
    /// The end of the last byte that differs; 0 when none does.
    private(set) var end: UInt64 = 0
    /// How many runs of bytes differ; what the longer file has more is one.
    private(set) var runCount = 0
    /// How many bytes of the shorter file differ, and how many the longer has more.
    private(set) var differingCount: UInt64 = 0
    private(set) var sizes: (UInt64, UInt64) = (0, 0)
    private var tallies = (Tally(), Tally())
    private var isInRun = false

    static let limit = 8

    /// Compares both from their current positions to their ends.
    init(_ first: borrowing OpenFile, _ second: borrowing OpenFile) throws {
        var (one, other): ([UInt8], [UInt8]) = ([], [])
        while true {
            try first.readPiece(into: &one)
            try second.readPiece(into: &other)
            tallies.0.add(one)
            tallies.1.add(other)
            compare(one, other)
            sizes.0 += UInt64(one.count)
            sizes.1 += UInt64(other.count)
            if one.isEmpty && other.isEmpty { return }
        }
    }

    /// Whether both hold the same lines, or the same bytes in two or more places, in another order.
    var isReordered: Bool {
        guard differingCount > 0, sizes.0 == sizes.1, runCount > 1 else { return false }
        if tallies.0.isText, tallies.1.isText { return tallies.0.lines == tallies.1.lines }
        return tallies.0.counts == tallies.1.counts
    }

    /// Whether both are text: no NUL, no control bytes but those of white space.
    var isText: Bool { tallies.0.isText && tallies.1.isText }

    private mutating func compare(_ one: [UInt8], _ other: [UInt8]) {
        if one == other {
            isInRun = false
            return
        }
        let common = min(one.count, other.count)
        for index in 0..<common {
            if one[index] == other[index] {
                isInRun = false
            } else {
                differingCount += 1
                end = sizes.0.advanced(by: index + 1)
                if !isInRun { begin(at: sizes.0.advanced(by: index)) }
            }
        }
        let rest = max(one.count, other.count) - common
        if rest > 0, !isInRun { begin(at: sizes.0.advanced(by: common)) }
        differingCount += UInt64(rest)
        if rest > 0 { end = sizes.0.advanced(by: common + rest) }
    }

    private mutating func begin(at offset: UInt64) {
        isInRun = true
        runCount += 1
        if starts.count < Self.limit { starts.append(offset) }
    }
}

/// What a file holds, whatever the order.
private struct Tally {
    private(set) var counts = [UInt64](repeating: 0, count: 256)
    /// The sum of the hashes of all lines.
    var lines: UInt64 { finished &+ (isInLine ? Self.mixed(current) : 0) }
    private(set) var isText = true
    private var finished: UInt64 = 0
    private var current = Self.start
    private var isInLine = false

    /// FNV-1a of 64 bits.
    private static let start: UInt64 = 0xcbf2_9ce4_8422_2325

    mutating func add(_ bytes: [UInt8]) {
        for byte in bytes {
            counts[Int(byte)] += 1
            if byte < 0x20, !(0x09...0x0d).contains(byte), byte != 0x1b { isText = false }
            if byte == 0x0a {
                finished &+= Self.mixed(current)
                current = Self.start
                isInLine = false
            } else {
                current = (current ^ UInt64(byte)) &* 0x100_0000_01b3
                isInLine = true
            }
        }
    }

    /// So that sums of similar lines are not equal by chance (the finaliser of MurmurHash3).
    private static func mixed(_ value: UInt64) -> UInt64 {
        let once = (value ^ value >> 33) &* 0xff51_afd7_ed55_8ccd
        return once ^ once >> 33
    }
}
