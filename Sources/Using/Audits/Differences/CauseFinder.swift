import Glibc

/// Guesses from the bytes around a difference what made it.
///
/// Text: the two lines that hold the difference are written again with everything of one kind (dates,
/// paths, numbers of jobs …) replaced by the same word; the kind that makes them equal is the cause.
/// Anything else: numbers that are seconds since 1970 where nothing else differs, and long runs in which
/// nearly all bytes differ.
struct CauseFinder {
    /// The time that no time stamp is later than by more than a day, in seconds since 1970.
    let now = Int(Glibc.time(nil))

    /// Four bytes of anything are often seconds of some year; those that a build writes down are of a
    /// recent one.
    private static let years = 10

    /// The likely cause.
    ///
    /// - Parameters:
    ///   - first: bytes of one file around the first that differs.
    ///   - second: the other's; both begin equally far before it.
    ///   - index: where in both the first byte is that differs.
    ///   - offset: how far from the beginning of the file, section or member that byte is; `nil` where
    ///     no numbers are looked for: in machine code, and in what has moved.
    func cause(
        _ first: [UInt8], _ second: [UInt8], at index: Int, offset: UInt64?
    ) -> LikelyCause? {
        if let one = Self.line(first, index), let other = Self.line(second, index) {
            return Self.cause(ofLine: one, other)
        }
        if let offset, areTimes(first, second, index, offset) { return .timestamp }
        return Self.isNoise(first, second, index) ? .random : nil
    }

    private static func isText(_ byte: UInt8) -> Bool {
        byte == 0x09 || (0x20..<0x7f).contains(byte) || byte >= 0xc2
    }

    /// The printable bytes around `index`, up to the ends of the line; `nil` when it is not text.
    private static func line(_ bytes: [UInt8], _ index: Int) -> String? {
        guard index < bytes.count else { return nil }
        var start = index
        while start > 0, isText(bytes[start - 1]) { start -= 1 }
        var end = index
        while end < bytes.count, isText(bytes[end]) { end += 1 }
        // Four printable bytes in a row are in every binary file.
        guard end - start >= 6, end > index else { return nil }
        return String(decoding: bytes[start..<end], as: UTF8.self)
    }

    private static func cause(ofLine one: String, _ other: String) -> LikelyCause? {
        let kinds: [(LikelyCause, (String) -> String)] = [
            (.random, withoutIdentifiers), (.timestamp, withoutTimes), (.path, withoutPaths),
            (.parallelism, withoutJobs), (.random, withoutNoise),
        ]
        for (cause, replace) in kinds where isSame(replace(one), replace(other)) { return cause }
        // Both a date and its path, say: the first kind that is in both is as likely as any.
        let all = { withoutPaths(withoutTimes(withoutIdentifiers($0))) }
        if isSame(all(one), all(other)) {
            return withoutTimes(one) == one ? .path : .timestamp
        }
        return nil
    }

    /// Whether they are equal; what the windows cut off may differ.
    private static func isSame(_ one: String, _ other: String) -> Bool {
        if one == other { return true }
        let count = min(one.utf8.count, other.utf8.count) - 32
        return count >= 32 && one.utf8.prefix(count).elementsEqual(other.utf8.prefix(count))
    }

    private static func withoutTimes(_ text: String) -> String {
        let day = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*"
        let month = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*"
        var text = text
        for pattern in [
            // Seconds first: a part of them looks like a date.
            #"\b[12][0-9]{9}(?:\.[0-9]{1,9})?\b"#,
            #"[12][0-9]{3}[-/]?[0-1][0-9][-/]?[0-3][0-9](?:[T _]?[0-2][0-9]:?[0-5][0-9](?::?[0-5][0-9])?)?"#,
            #"[0-2]?[0-9]:[0-5][0-9](?::[0-5][0-9](?:\.[0-9]+)?)?"#,
            "\(day)\\b", "\(month) +[0-9]{1,2},?(?: +[12][0-9]{3})?",
            "[0-9]{1,2} \(month)(?: [12][0-9]{3})?",
            #"\b(?:19|20)[0-9]{2}\b"#, #"\b(?:UTC|GMT|CET|CEST|[A-Z]{1,3}T)(?:[+-][0-9:]{1,5})?\b"#,
        ] {
            // The patterns stand below, and tests use each: none fails.
            guard let regex = try? Regex(pattern) else { continue }
            text = text.replacing(regex, with: "T")
        }
        while text.contains("T ") { text = text.replacing("T ", with: "T") }
        while text.contains("TT") { text = text.replacing("TT", with: "T") }
        return text
    }

    private static func withoutPaths(_ text: String) -> String {
        text.replacing(/\/[^\s"'`:;,<>()=|]*/, with: "/")
    }

    private static func withoutJobs(_ text: String) -> String {
        let words = ["job", "core", "cpu", "proc", "thread", "parallel", "-j"]
        guard words.contains(where: text.lowercased().contains) else { return text }
        return text.replacing(/[0-9]{1,3}/, with: "N")
    }

    private static func withoutIdentifiers(_ text: String) -> String {
        text.replacing(/[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}/, with: "R")
            .replacing(/\b(?:tmp|temp|cc)[._-]?[A-Za-z0-9_]{6,}/, with: "R")
    }

    private static func withoutNoise(_ text: String) -> String {
        text.replacing(/[0-9a-zA-Z+\/_]{16,}=*/, with: "R")
    }

    // MARK: Not text

    /// Whether all that differs in the two windows are aligned numbers of four bytes, seconds since
    /// 1970 on both sides, of the last years and not far from each other.
    ///
    /// Addresses and displacements in code that moved look like seconds, too; but then others nearby
    /// differ as well, by numbers that are none.
    private func areTimes(
        _ first: [UInt8], _ second: [UInt8], _ index: Int, _ offset: UInt64
    ) -> Bool {
        guard first.count == second.count, index < first.count else { return false }
        // Where the first whole number of the windows begins.
        let alignment = (4 - (Int(offset % 4) + 4 - index % 4) % 4) % 4
        let starts = stride(from: alignment, to: first.count - 3, by: 4).filter {
            first[$0..<($0 + 4)] != second[$0..<($0 + 4)]
        }
        guard starts.contains(where: { ($0..<($0 + 4)).contains(index) }) else { return false }
        return [false, true].contains { isBigEndian in
            starts.allSatisfy { start in
                let (one, other) = (first[start..<(start + 4)], second[start..<(start + 4)])
                guard !Self.areLetters(one), !Self.areLetters(other),
                    let left = seconds(one, isBigEndian), let right = seconds(other, isBigEndian)
                else { return false }
                return abs(left - right) < 2 * 366 * 86_400
            }
        }
    }

    /// Four letters make a number, too.
    private static func areLetters(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.allSatisfy { isText($0) && $0 < 0x80 || $0 == 0x0a }
    }

    /// The number in four bytes when it is a second of the last years.
    private func seconds(_ bytes: ArraySlice<UInt8>, _ isBigEndian: Bool) -> Int? {
        let ordered = isBigEndian ? Array(bytes) : bytes.reversed()
        let value = ordered.reduce(0) { $0 << 8 | Int($1) }
        return (now - Self.years * 366 * 86_400..<now + 86_400).contains(value) ? value : nil
    }

    private static func isNoise(_ first: [UInt8], _ second: [UInt8], _ index: Int) -> Bool {
        let common = min(first.count, second.count)
        let end = min(common, index + 32)
        guard end - index >= 16 else { return false }
        let different = (index..<end).count { first[$0] != second[$0] }
        return different * 20 >= (end - index) * 17
    }
}
