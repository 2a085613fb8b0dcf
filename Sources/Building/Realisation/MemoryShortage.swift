import Glibc
import Primitives

/// What the kernel tells of processes that it killed because memory had ended.
enum MemoryShortage {
    /// How many it killed since it was started, in the whole machine; `nil` where that is not known.
    ///
    /// The line `oom_kill` of `/proc/vmstat`, Linux 4.13 and newer.
    static func killCount() -> Int? {
        // Whatever keeps it from being read: then nothing is said of killings.
        guard let text = try? HostFile.read("/proc/vmstat") else { return nil }
        let key = Array("oom_kill ".utf8)
        var start = 0
        // Line by line; each build asks.
        while let end = text[start...].firstIndex(of: 0x0a) {
            if text[start] == key[0], text[start..<end].starts(with: key) {
                return text[(start + key.count)..<end].reduce(0) { $0 * 10 + Int($1 & 15) }
            }
            start = end + 1
        }
        return nil
    }

    /// What to add to a failure during which that happened; else nothing.
    ///
    /// - Parameters:
    ///   - killsBefore: ``killCount()`` before the build.
    ///   - peak: bytes that its largest process held.
    static func note(killsBefore: Int?, peak: UInt64) -> String {
        guard let killsBefore, let kills = killCount().map({ $0 - killsBefore }), kills > 0 else {
            return ""
        }
        return " (memory ended meanwhile, and the kernel killed \(kills) of this machine's "
            + "processes; the build's largest held \(ByteCount(peak)): give it more memory, or "
            + "let fewer builds run at once, each on fewer processors)"
    }
}
