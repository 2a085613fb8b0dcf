import Archives
import Primitives
import StoreModel

/// Looks into one file after the other, as deep as anything in it is packed.
struct FileAuditor: Sendable {
    /// What must not be found.
    let needles: Needles
    /// Paths of the machine the seeds come from.
    let plainPaths = PatternScanner(WrittenPath.prefixes.map { Array($0.utf8) })
    /// The files that must not be found again.
    let seedFiles: SeedFileIndex
    /// The store directory and a slash.
    let store: [UInt8]
    /// Where large members are unpacked to.
    let temporaryDirectory: String
    let limits: AuditLimits

    /// What one file gave.
    struct Outcome {
        var findings: [SeedFinding] = []
        var byteCount: UInt64 = 0
        var memberCount = 0
        var memberByteCount: UInt64 = 0
    }

    /// The state while one file is looked into.
    struct Work {
        let file: AuditedFile
        var result = Outcome()
        var budget: UInt64

        /// Notes that something packed was not looked into: from `offset` in it on, or all of it.
        mutating func addUnread(_ reason: String, _ members: [String], _ offset: UInt64?) {
            add(.unread(reason), members, offset)
        }

        /// Adds a finding at a place in the file.
        mutating func add(_ kind: SeedFinding.Kind, _ members: [String], _ offset: UInt64?) {
            result.findings.append(
                SeedFinding(
                    kind: kind, output: file.output, file: file.path, members: members,
                    offset: offset))
        }
    }

    /// Looks at a file's name, link and contents.
    ///
    /// - Throws: why it cannot be read.
    func audit(_ file: AuditedFile) throws -> Outcome {
        var work = Work(file: file, budget: 0)
        look(at: file.path.bytes, "its name", [], &work)
        switch file.kind {
        case .directory: break
        case .link(let target): look(at: target.bytes, "its target", [], &work)
        case .contents(let size):
            work.budget = limits.unpackedBase + size * limits.unpackedPerByte
            work.result.byteCount = size
            _ = try scan(Blob(file.open(), size: size), [], 0, &work)
        }
        return work.result
    }

    /// Looks at a text that is no file's contents.
    func look(at text: [UInt8], _ what: String, _ members: [String], _ work: inout Work) {
        for (path, form) in needles.find(in: text) {
            work.add(.reference(path, form: form, .whole), members + [what], nil)
        }
        guard what != "its name" else { return }
        plainPaths.scan(text.span, before: text.count) { _, start in
            if let found = WrittenPath.text(in: text, at: start, store: store) {
                work.add(.plainPath(found), members + [what], nil)
            }
        }
    }

    // MARK: Contents

    /// What must not be there, by what it is, with the first place.
    private struct Key: Hashable {
        let path: StorePath
        let form: HiddenForm
    }

    /// Looks at a blob and at what is packed in it.
    ///
    /// - Returns: the findings that were added for references, to be told from the same bytes seen
    ///   once more in what holds the blob.
    func scan(_ blob: Blob, _ members: [String], _ depth: Int, _ work: inout Work) throws
        -> Set<SeedFinding.Kind>
    {
        let pass = try BlobPass(blob, self)
        let own = try mentions(pass, blob)
        if let digest = pass.digest, let (item, file) = seedFiles.file(digest) {
            let isText = try !blob.contains(byte: 0)
            work.add(.seedBytes(item, file: file, isText: isText), members, nil)
        }
        for (text, place) in pass.paths.sorted(by: { $0.value.offset < $1.value.offset }) {
            work.add(.plainPath(text), members, place.offset)
            work.result.findings[work.result.findings.count - 1].count = place.count
        }
        // What an archive holds uncompressed was seen already; the member's name says more.
        var inMembers: Set<SeedFinding.Kind> = []
        var covered: UInt64 = 0
        for candidate in pass.candidates where candidate.offset >= covered {
            covered = max(
                covered, try open(candidate, of: blob, members, depth, &inMembers, &work))
        }
        if pass.candidatesAreCut {
            work.add(.unread("too many places where something may be packed"), members, nil)
        }
        var kinds = inMembers
        for (key, mention) in own.sorted(by: { $0.value.offset < $1.value.offset }) {
            let kind = SeedFinding.Kind.reference(key.path, form: key.form, mention.extent)
            if !inMembers.contains(kind) { work.add(kind, members, mention.offset) }
            kinds.insert(kind)
        }
        return kinds
    }

    /// The hash parts in a blob, each form with its first place.
    private func mentions(
        _ pass: BlobPass, _ blob: Blob
    ) throws -> [Key: (offset: UInt64, extent: SeedFinding.Extent)] {
        var found: [Key: (offset: UInt64, extent: SeedFinding.Extent)] = [:]
        for hit in pass.hits {
            let meaning = needles.meanings[hit.index]
            let key = Key(path: meaning.path, form: meaning.form)
            guard found[key] == nil else { continue }
            found[key] = (hit.offset, try isWhole(hit, in: blob) ? .whole : .half)
        }
        for mention in pass.mentions {
            found[Key(path: mention.path, form: mention.form)] = (mention.offset, mention.extent)
        }
        return found
    }

    private func isWhole(_ hit: (index: Int, offset: UInt64), in blob: Blob) throws -> Bool {
        guard let half = needles.meanings[hit.index].half else { return true }
        let distance = UInt64(half.distance)
        if !half.isFirst, hit.offset < distance { return false }
        let other = half.isFirst ? hit.offset + distance : hit.offset - distance
        return try blob.bytes(at: other, count: half.other.count) == half.other
    }

}
