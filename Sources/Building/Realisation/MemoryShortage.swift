import Glibc
import Primitives

/// What the kernel tells of processes that it killed because memory had ended.
enum MemoryShortage {
    /// How many it killed since it was started, in the whole machine; 0 where it does not say.
    ///
    /// The line `oom_kill` of `/proc/vmstat`, Linux 4.13 and newer.
    static func killCount() -> Int {
        guard let file = unsafe fopen("/proc/vmstat", "re") else { return 0 }
        defer { unsafe fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        while unsafe fgets(&line, Int32(line.count), file) != nil {
            let text = String(
                decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            let words = text.split(whereSeparator: \.isWhitespace)
            if words.first == "oom_kill", words.count == 2 { return Int(words[1]) ?? 0 }
        }
        return 0
    }

    /// What to add to a failure during which that happened; else nothing.
    ///
    /// - Parameters:
    ///   - killsBefore: ``killCount()`` before the build.
    ///   - peak: bytes that its largest process held.
    static func note(killsBefore: Int, peak: UInt64) -> String {
        let kills = killCount() - killsBefore
        guard kills > 0 else { return "" }
        return " (memory ended meanwhile, and the kernel killed \(kills) of this machine's "
            + "processes; the build's largest held \(ByteCount(peak)): give it more memory, or "
            + "let fewer builds run at once, each on fewer processors)"
    }
}
