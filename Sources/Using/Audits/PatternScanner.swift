/// Finds any of many byte patterns in a stream: exactly, in one pass, jumping over what begins none.
///
/// The method is that of Wu and Manber: a table says, for the three bytes under the end of a window
/// as long as the shortest pattern, how far the window can jump; only when it cannot, the patterns
/// that have those bytes there are compared.
package struct PatternScanner: Sendable {
    private let patterns: [[UInt8]]
    private let window: Int
    private let jumps: [UInt8]
    /// By slot, the patterns whose window ends in bytes of the slot.
    private let candidates: [Int: [Int]]

    /// The length of the longest pattern: a piece must show so many bytes behind what it is
    /// searched to.
    package let longest: Int

    private static let slots = 1 << 17

    /// A scanner for `patterns`, each of at least three bytes.
    package init(_ patterns: [[UInt8]]) {
        let window = min(patterns.map(\.count).min() ?? 3, 200)
        var jumps = [UInt8](repeating: UInt8(window - 2), count: Self.slots)
        var candidates: [Int: [Int]] = [:]
        for (index, pattern) in patterns.enumerated() {
            for end in 2..<window {
                let slot = Self.slot(pattern[end - 2], pattern[end - 1], pattern[end])
                jumps[slot] = min(jumps[slot], UInt8(window - 1 - end))
                if end == window - 1 { candidates[slot, default: []].append(index) }
            }
        }
        self.patterns = patterns
        self.window = window
        self.jumps = jumps
        self.candidates = candidates
        longest = patterns.map(\.count).max() ?? 0
    }

    /// Tells `found` of every pattern that begins in `bytes` before `limit`: its index and where.
    /// The bytes behind `limit` are only looked at as the rest of such patterns.
    package func scan(_ bytes: Span<UInt8>, before limit: Int, _ found: (Int, Int) -> Void) {
        guard !patterns.isEmpty else { return }
        var end = window - 1
        let last = min(bytes.count, limit + window - 1)
        while end < last {
            let slot = Self.slot(bytes[end - 2], bytes[end - 1], bytes[end])
            let jump = Int(jumps[slot])
            if jump > 0 {
                end += jump
                continue
            }
            let start = end - window + 1
            for index in candidates[slot] ?? [] where matches(patterns[index], bytes, start) {
                found(index, start)
            }
            end += 1
        }
    }

    private func matches(_ pattern: [UInt8], _ bytes: Span<UInt8>, _ start: Int) -> Bool {
        guard start + pattern.count <= bytes.count else { return false }
        for index in pattern.indices where pattern[index] != bytes[start + index] { return false }
        return true
    }

    private static func slot(_ first: UInt8, _ second: UInt8, _ third: UInt8) -> Int {
        let word = UInt32(first) | UInt32(second) << 8 | UInt32(third) << 16
        return Int((word &* 0x9E37_79B1) >> 15)
    }
}
