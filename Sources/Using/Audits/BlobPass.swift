import Primitives
import StoreModel

/// What one pass over the bytes of a blob finds.
struct BlobPass {
    /// Patterns of ``FileAuditor/needles``, and where.
    private(set) var hits: [(index: Int, offset: UInt64)] = []
    /// Hash parts of ``FileAuditor/needles`` in one or more pieces.
    private(set) var mentions: [Needles.Mention] = []
    /// Paths of the machine the seeds come from: how many, and the first place.
    private(set) var paths: [String: (offset: UInt64, count: Int)] = [:]
    /// Where something packed may begin, in order.
    private(set) var candidates: [PayloadFinder.Candidate] = []
    /// Whether there were more than are tried.
    private(set) var candidatesAreCut = false
    /// The digest of the bytes, when a seed has a file of this size.
    private(set) var digest: Digest?

    private static let pieceCount = 1 << 20
    /// How many hits are kept; more tell nothing new.
    private static let maximumHits = 10_000

    /// Reads `blob` from beginning to end.
    init(_ blob: Blob, _ auditor: FileAuditor) throws {
        let isWanted =
            blob.size >= SeedFileIndex.minimumSize && auditor.seedFiles.mayContain(size: blob.size)
        var sink: DigestSink? = isWanted ? DigestSink() : nil
        let needles = auditor.needles.scanner
        // Behind the place up to which a piece is searched, so much of the next one is seen.
        let overlap = max(
            needles.longest, auditor.plainPaths.longest, PayloadFinder.lookahead,
            2 * DigitScanner.lookahead)
        var near = Needles.Near()
        let finder = PayloadFinder()
        var buffer = [UInt8](
            repeating: 0, count: Int(min(blob.size, UInt64(Self.pieceCount))) + overlap)
        var base: UInt64 = 0
        var count = 0
        var places: [UInt64] = []
        while true {
            let got = try blob.read(at: base + UInt64(count), into: &buffer, from: count)
            count += got
            guard got > 0 || base + UInt64(count) >= blob.size else {
                throw AuditError.changed(blob.path)
            }
            let isLast = base + UInt64(count) >= blob.size
            let limit = isLast ? count : max(0, count - overlap)
            do {
                let bytes = buffer.span.extracting(0..<count)
                needles.scan(bytes, before: limit) { index, start in
                    if hits.count < Self.maximumHits { hits.append((index, base + UInt64(start))) }
                }
                auditor.needles.look(at: bytes, before: limit, base: base, &near)
                auditor.plainPaths.scan(bytes, before: limit) { _, start in
                    if places.count < Self.maximumHits { places.append(base + UInt64(start)) }
                }
                if candidates.count < auditor.limits.candidates {
                    finder.scan(bytes, before: limit, base: base, into: &candidates)
                } else {
                    candidatesAreCut = true
                }
                sink?.write(bytes.extracting(0..<limit))
            }
            if isLast { break }
            buffer.replaceSubrange(0..<(count - limit), with: Array(buffer[limit..<count]))
            base += UInt64(limit)
            count -= limit
        }
        mentions = auditor.needles.mentions(near)
        digest = sink.take()?.digest()
        candidates.sort { $0.offset < $1.offset }
        try readPaths(at: places, in: blob, store: auditor.store)
    }

    /// Reads what stands around the beginnings of paths.
    private mutating func readPaths(
        at places: [UInt64], in blob: Blob, store: [UInt8]
    ) throws {
        for place in places {
            let lead = min(place, 200)
            let around = try blob.bytes(
                at: place - lead, count: Int(lead) + WrittenPath.longest)
            guard let text = WrittenPath.text(in: around, at: Int(lead), store: store) else {
                continue
            }
            paths[text, default: (place, 0)].count += 1
        }
    }
}
