import Archives
import Primitives

/// The members of an archive that somebody else made: names, times, modes and hashes of the contents, in
/// one pass; nothing is written to disk. Limits keep a bomb from filling time or memory.
struct ArchiveMembers {
    /// One member; ``digest`` is of its bytes.
    struct Member: Hashable {
        let name: String
        let time: Int64?
        let mode: UInt32
        let target: String?
        let size: UInt64
        let digest: Digest
    }

    private(set) var members: [Member] = []
    /// Whether a limit, or damage, ended the reading before the end.
    private(set) var isPartial = false

    private static let memberLimit = 100_000
    private static let byteLimit: UInt64 = 2 << 30

    /// The members of what is packed in `file`; `nil` when nothing that is known is.
    init?(_ file: borrowing OpenFile, _ content: MemberReader.Content) throws {
        guard var reader = try Self.reader(file, content) else { return nil }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var total: UInt64 = 0
        do {
            while let member = try reader.next() {
                var context = HashingContext(.sha256)
                var size: UInt64 = 0
                while case let count = try reader.read(into: &buffer), count > 0 {
                    context.update(buffer.span.extracting(0..<count))
                    size += UInt64(count)
                    total += UInt64(count)
                    guard total <= Self.byteLimit else { break }
                }
                guard total <= Self.byteLimit, members.count < Self.memberLimit else {
                    isPartial = true
                    return
                }
                members.append(
                    Member(
                        name: member.name.description, time: member.modificationTime,
                        mode: member.mode, target: member.target?.description, size: size,
                        digest: context.finish()))
            }
        } catch is ArchivesError {
            if members.isEmpty { return nil }
            isPartial = true
        }
    }

    /// Bytes of the member at `index`, around `offset`.
    static func bytes(
        of file: borrowing OpenFile, _ content: MemberReader.Content, member index: Int,
        from start: UInt64, count: Int
    ) throws -> [UInt8] {
        guard var reader = try reader(file, content) else { return [] }
        for _ in 0...index where try reader.next() == nil { return [] }
        var result: [UInt8] = []
        var position: UInt64 = 0
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while result.count < count, case let got = try reader.read(into: &buffer), got > 0 {
            let skipped = Int(min(UInt64(got), start > position ? start - position : 0))
            result += buffer[skipped..<got].prefix(count - result.count)
            position += UInt64(got)
        }
        return result
    }

    /// All of the member at `index`, as a file in memory; `nil` when it has more than `limit` bytes.
    static func file(
        of file: borrowing OpenFile, _ content: MemberReader.Content, member index: Int,
        limit: UInt64
    ) throws -> OpenFile? {
        guard var reader = try reader(file, content) else { return nil }
        for _ in 0...index where try reader.next() == nil { return nil }
        let copy = try OpenFile(inMemory: "member")
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var size: UInt64 = 0
        while case let count = try reader.read(into: &buffer), count > 0 {
            guard size + UInt64(count) <= limit else { return nil }
            // The position stays at the beginning, where the file is read from.
            try copy.write(buffer.span.extracting(0..<count), at: size)
            size += UInt64(count)
        }
        return copy
    }

    /// The first byte in which two members differ; `nil` when none does.
    static func firstDifference(
        _ first: borrowing OpenFile, _ index: Int, _ second: borrowing OpenFile,
        _ secondIndex: Int, _ content: MemberReader.Content
    ) throws -> UInt64? {
        guard var one = try reader(first, content), var other = try reader(second, content) else {
            return nil
        }
        for _ in 0...index where try one.next() == nil { return nil }
        for _ in 0...secondIndex where try other.next() == nil { return nil }
        var position: UInt64 = 0
        var (left, right) = ([UInt8](), [UInt8]())
        while true {
            try fill(&left, &one)
            try fill(&right, &other)
            if let index = zip(left, right).enumerated().first(where: { $1.0 != $1.1 })?.offset {
                return position + UInt64(index)
            }
            if left.count != right.count { return position + UInt64(min(left.count, right.count)) }
            if left.isEmpty { return nil }
            position += UInt64(left.count)
        }
    }

    private static func fill(_ bytes: inout [UInt8], _ reader: inout MemberReader) throws {
        bytes.removeAll(keepingCapacity: true)
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while bytes.count < 65_536 {
            let got = try reader.read(into: &buffer)
            if got == 0 { return }
            bytes += buffer[..<got]
        }
    }

    private static func reader(
        _ file: borrowing OpenFile, _ content: MemberReader.Content
    ) throws -> MemberReader? {
        let again = try OpenFile(reading: "/proc/self/fd/\(file.rawValue)")
        let name = file.path
        do {
            return try MemberReader(FileSource(again), name: name, content: content)
        } catch is ArchivesError {
            return nil
        }
    }

    /// What to read `file` as, told by its first bytes; the second is tried when the first finds
    /// nothing.
    static func contents(_ file: borrowing OpenFile) throws -> [MemberReader.Content] {
        let head = try file.bytes(at: 0, count: 264)
        let compressed: [[UInt8]] = [
            [0x1f, 0x8b], [0xfd, 0x37, 0x7a, 0x58, 0x5a], [0x28, 0xb5, 0x2f, 0xfd],
            [0x42, 0x5a, 0x68],
        ]
        if compressed.contains(where: head.starts(with:)) { return [.archive, .compressed] }
        let archives = ["!<arch>\n", "PK\u{3}\u{4}", "070701", "070702", "070707"]
        let isTar = head.count >= 262 && head[257..<262].elementsEqual("ustar".utf8)
        return isTar || archives.contains(where: { head.starts(with: $0.utf8) }) ? [.archive] : []
    }
}
