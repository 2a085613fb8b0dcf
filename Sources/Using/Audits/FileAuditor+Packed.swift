import Archives
import Primitives

extension FileAuditor {
    /// So many bytes must come out of what may be a stream by chance before it is held for a damaged one.
    private static let tellingCount: UInt64 = 512
    /// So many bytes of a stream that breaks off must be without fault.
    private static let tellingLength: UInt64 = 64

    /// Opens what may begin at a place.
    ///
    /// - Returns: up to where the blob was looked into: to the end of a stream whose checksum is right,
    ///   or of an archive's members that lie in it as they are. 0 when nothing is known.
    func open(
        _ candidate: PayloadFinder.Candidate, of blob: Blob, _ members: [String], _ depth: Int,
        _ inMembers: inout Set<SeedFinding.Kind>, _ work: inout Work
    ) throws -> UInt64 {
        let name =
            candidate.offset == 0
            ? candidate.format : "\(candidate.format) at byte \(candidate.offset)"
        let path = members + [name]
        switch candidate.packing {
        case .archive:
            return try openArchive(candidate, of: blob, path, depth, &inMembers, &work)
        case .compressed: try openStream(candidate, of: blob, path, depth, &work)
        case .gzip, .zlib, .imageData:
            return try openDeflated(candidate, of: blob, path, depth, &work)
        }
        return 0
    }

    /// gzip and zlib.
    ///
    /// - Returns: where the stream ends, when its checksum is right.
    private func openDeflated(
        _ candidate: PayloadFinder.Candidate, of blob: Blob, _ path: [String], _ depth: Int,
        _ work: inout Work
    ) throws -> UInt64 {
        var chunks = PNGChunks(blob, first: candidate.offset)
        let isImage = candidate.packing == .imageData
        var source = Blob.Source(blob: blob, offset: candidate.offset, end: blob.size)
        var stream = try InflatingSource(candidate.packing == .gzip ? .gzip : .zlib) {
            isImage ? try chunks.read(into: &$0) : try source.read(into: &$0)
        }
        let unpacked = try Blob.unpacking(limit: work.budget, directory: temporaryDirectory) {
            try stream.read(into: &$0)
        }
        // What is stored uncompressed was seen where it lies.
        let isTelling =
            stream.producedCount >= Self.tellingCount
            && stream.producedCount > stream.consumedCount
            || stream.isCutOff && stream.consumedCount >= Self.tellingLength
        let isWhole = try take(
            unpacked, path, depth, isStream: candidate.isCertain || isTelling, &work)
        guard isWhole else { return 0 }
        return isImage ? chunks.end : candidate.offset + stream.consumedCount
    }

    /// bzip2, xz, lzma and zstd.
    private func openStream(
        _ candidate: PayloadFinder.Candidate, of blob: Blob, _ path: [String], _ depth: Int,
        _ work: inout Work
    ) throws {
        let end = try StreamEnd.find(candidate.format, in: blob, from: candidate.offset)
        let source = Blob.Source(blob: blob, offset: candidate.offset, end: end ?? blob.size)
        do {
            var reader = try MemberReader(source, name: candidate.format, content: .compressed)
            let member = try reader.next()
            // What begins like a compressed stream and is none comes back as it is.
            guard reader.isCompressed else {
                if candidate.isCertain { work.addUnread("it cannot be unpacked", path, nil) }
                return
            }
            guard member != nil else { return }
            let unpacked = try Blob.unpacking(limit: work.budget, directory: temporaryDirectory) {
                try reader.read(into: &$0)
            }
            let isTelling = unpacked.blob.size >= Self.tellingCount
            _ = try take(unpacked, path, depth, isStream: candidate.isCertain || isTelling, &work)
        } catch ArchivesError.damagedArchive(_, _, let reason) {
            if candidate.isCertain { work.addUnread(reason, path, nil) }
        }
    }

    /// Looks into what came out of a stream or a member.
    ///
    /// - Parameter isStream: whether it is one beyond doubt, so that damage is worth telling.
    /// - Returns: whether all of it came.
    private func take(
        _ unpacked: Blob.Unpacked, _ path: [String], _ depth: Int, isStream: Bool,
        _ work: inout Work, _ kinds: (Set<SeedFinding.Kind>) -> Void = { _ in }
    ) throws -> Bool {
        let size = unpacked.blob.size
        var isWhole = false
        switch unpacked.end {
        case .whole: isWhole = true
        case .tooLarge: work.addUnread("it unpacks to more than is allowed", path, nil)
        case .damaged(let reason):
            guard isStream else { return false }
            work.addUnread(reason, path, size)
        }
        guard size > 0 else { return isWhole }
        guard depth < limits.depth else {
            work.addUnread("packed more than \(limits.depth) times", path, nil)
            return isWhole
        }
        work.budget -= size
        work.result.memberCount += 1
        work.result.memberByteCount += size
        kinds(try scan(unpacked.blob, path, depth + 1, &work))
        return isWhole
    }

    /// tar, cpio, ar and zip.
    private func openArchive(
        _ candidate: PayloadFinder.Candidate, of blob: Blob, _ path: [String], _ depth: Int,
        _ inMembers: inout Set<SeedFinding.Kind>, _ work: inout Work
    ) throws -> UInt64 {
        let source = Blob.Source(blob: blob, offset: candidate.offset, end: blob.size)
        var covered: UInt64 = 0
        do {
            var reader = try MemberReader(source, name: candidate.format, content: .archive)
            while let member = try reader.next() {
                let memberPath = path + [member.name.description]
                look(at: member.name.bytes, "its name", memberPath, &work)
                if let target = member.target {
                    look(at: target.bytes, "its target", memberPath, &work)
                }
                // The members of a zip are compressed: only their headers lie in the blob as they are.
                let isPlain = candidate.format != "zip"
                covered = candidate.offset + member.headerOffset + 1
                guard member.isRegular else { continue }
                let unpacked = try Blob.unpacking(
                    limit: work.budget, directory: temporaryDirectory
                ) { try reader.read(into: &$0) }
                _ = try take(unpacked, memberPath, depth, isStream: true, &work) { kinds in
                    if isPlain { inMembers.formUnion(kinds) }
                }
                if case .tooLarge = unpacked.end { return covered }
                if isPlain {
                    covered = candidate.offset + member.headerOffset + max(unpacked.blob.size, 1)
                }
            }
        } catch ArchivesError.damagedArchive(_, _, let reason) {
            // Before the first member it may be something else that begins alike.
            if covered > 0 {
                work.addUnread(reason, path, covered - candidate.offset)
            } else if candidate.isCertain {
                work.addUnread(reason, path, nil)
            }
        }
        return covered
    }
}

/// The data of a PNG image: what its `IDAT` chunks hold, one after the other (ISO 15948, section 11.2.3).
private struct PNGChunks {
    private let blob: Blob
    private var offset: UInt64
    private var left: UInt64
    /// Where the chunk that was read last ends.
    var end: UInt64 { offset + left }

    /// - Parameter first: where the data of the first chunk begins; its size stands eight bytes before.
    init(_ blob: Blob, first: UInt64) {
        self.blob = blob
        offset = first
        left = .max
    }

    mutating func read(into buffer: inout [UInt8]) throws -> Int {
        if left == .max { left = try size(at: offset < 8 ? 0 : offset - 8) ?? 0 }
        // A checksum of four bytes, then the next chunk.
        while left == 0, let next = try size(at: offset + 4) {
            offset += 12
            left = next
        }
        guard left > 0 else { return 0 }
        let got = try blob.read(at: offset, into: &buffer)
        let count = Int(min(UInt64(got), left))
        offset += UInt64(count)
        left -= UInt64(count)
        return count
    }

    /// The size of the chunk at `place`; `nil` when it holds no image data.
    private func size(at place: UInt64) throws -> UInt64? {
        let header = try blob.bytes(at: place, count: 8)
        guard header.count == 8, header[4...].elementsEqual("IDAT".utf8) else { return nil }
        return header[..<4].reduce(0) { $0 << 8 | UInt64($1) }
    }
}
