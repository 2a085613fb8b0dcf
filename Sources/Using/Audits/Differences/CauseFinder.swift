/// Guesses from the bytes around a difference what made it.
///
/// Text: the two lines that hold the difference are written again with everything of one kind (dates,
/// paths, numbers of jobs …) replaced by the same word; the kind that makes them equal is the cause.
/// Anything else: numbers that are seconds since 1970, and long runs in which nearly all bytes differ.
enum CauseFinder {
    /// The likely cause.
    ///
    /// - Parameters:
    ///   - first: bytes of one file around the first that differs.
    ///   - second: the other's; both begin equally far before it.
    ///   - index: where in both the first byte is that differs.
    static func cause(_ first: [UInt8], _ second: [UInt8], at index: Int) -> LikelyCause? {
        if let one = line(first, index), let other = line(second, index) {
            return cause(ofLine: one, other)
        }
        return binaryCause(first, second, index)
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

    private static func binaryCause(
        _ first: [UInt8], _ second: [UInt8], _ index: Int
    ) -> LikelyCause? {
        let common = min(first.count, second.count)
        guard index < common else { return nil }
        for start in max(0, index - 3)...index where start + 4 <= common {
            // What else differs right behind it is no part of a number of four bytes.
            let end = start + 4
            if end < common, first[end] != second[end] { continue }
            // Four letters make a number, too.
            let isText = { (byte: UInt8) in Self.isText(byte) && byte < 0x80 || byte == 0x0a }
            if first[start..<end].allSatisfy(isText) || second[start..<end].allSatisfy(isText) {
                continue
            }
            for isBigEndian in [false, true] {
                let one = seconds(first[start..<end], isBigEndian)
                let other = seconds(second[start..<end], isBigEndian)
                if let one, let other, abs(one - other) < 2 * 366 * 86_400 { return .timestamp }
            }
        }
        let end = min(common, index + 32)
        let different = (index..<end).count { first[$0] != second[$0] }
        return end - index >= 16 && different * 20 >= (end - index) * 17 ? .random : nil
    }

    /// The number in four bytes when it is a second between 2001 and 2038.
    private static func seconds(_ bytes: ArraySlice<UInt8>, _ isBigEndian: Bool) -> Int? {
        let ordered = isBigEndian ? Array(bytes) : bytes.reversed()
        let value = ordered.reduce(0) { $0 << 8 | Int($1) }
        return (1_000_000_000..<(1 << 31)).contains(value) ? value : nil
    }
}
