import Archives
import Primitives
import StoreModel

/// Looks into one file after the other, as deep as anything in it is packed.
struct FileAuditor: Sendable {
    /// What must not be found.
    let needles: Needles
    /// Paths of the machine the seeds come from.
    let plainPaths = PatternScanner(PlainPath.prefixes.map { Array($0.utf8) })
    /// The files that must not be found again.
    let seedFiles: SeedFileIndex
    /// The store directory and a slash.
    let store: [UInt8]
    /// Where large members are unpacked to.
    let temporaryDirectory: String
    let limits: AuditLimits

    /// What one file gave.
    struct Result {
        var findings: [SeedFinding] = []
        var byteCount: UInt64 = 0
        var memberCount = 0
        var memberByteCount: UInt64 = 0
    }

    /// The state while one file is looked into.
    struct Work {
        let file: AuditedFile
        var result = Result()
        var budget: UInt64

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
    func audit(_ file: AuditedFile) throws -> Result {
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
    private func look(at text: [UInt8], _ what: String, _ members: [String], _ work: inout Work) {
        for (path, form) in needles.find(in: text) {
            work.add(.reference(path, form: form, isWhole: true), members + [what], nil)
        }
        guard what != "its name" else { return }
        plainPaths.scan(text.span, before: text.count) { _, start in
            if let found = PlainPath.text(in: text, at: start, store: store) {
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
    private func scan(_ blob: Blob, _ members: [String], _ depth: Int, _ work: inout Work) throws
        -> Set<SeedFinding.Kind>
    {
        let pass = try BlobPass(blob, self)
        var own: [Key: (index: Int, offset: UInt64)] = [:]
        for hit in pass.hits {
            let meaning = needles.meanings[hit.index]
            let key = Key(path: meaning.path, form: meaning.form)
            if own[key] == nil { own[key] = hit }
        }
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
            guard depth < limits.depth else {
                work.add(
                    .unread("packed more than \(limits.depth) times"), members, candidate.offset)
                break
            }
            covered = max(
                covered, try open(candidate, of: blob, members, depth, &inMembers, &work))
        }
        if pass.candidatesAreCut {
            work.add(.unread("too many places where something may be packed"), members, nil)
        }
        var kinds = inMembers
        for (key, hit) in own.sorted(by: { $0.value.offset < $1.value.offset }) {
            let isWhole = try isWhole(hit, in: blob)
            let kind = SeedFinding.Kind.reference(key.path, form: key.form, isWhole: isWhole)
            if !inMembers.contains(kind) { work.add(kind, members, hit.offset) }
            kinds.insert(kind)
        }
        return kinds
    }

    private func isWhole(_ hit: (index: Int, offset: UInt64), in blob: Blob) throws -> Bool {
        guard let half = needles.meanings[hit.index].half else { return true }
        let distance = UInt64(half.distance)
        if !half.isFirst, hit.offset < distance { return false }
        let other = half.isFirst ? hit.offset + distance : hit.offset - distance
        return try blob.bytes(at: other, count: half.other.count) == half.other
    }

    /// Opens what may begin at a place.
    ///
    /// - Returns: up to where the blob is an archive whose members lie in it as they are, so that
    ///   nothing in it need be tried again; 0 when it is none.
    private func open(
        _ candidate: PayloadFinder.Candidate, of blob: Blob, _ members: [String], _ depth: Int,
        _ inMembers: inout Set<SeedFinding.Kind>, _ work: inout Work
    ) throws -> UInt64 {
        let end = try StreamEnd.find(candidate.format, in: blob, from: candidate.offset)
        let source = Blob.Source(blob: blob, offset: candidate.offset, end: end ?? blob.size)
        guard
            var reader = try? MemberReader(
                source, name: candidate.format, content: candidate.content)
        else { return 0 }
        let place =
            candidate.offset == 0
            ? candidate.format : "\(candidate.format) at byte \(candidate.offset)"
        var covered: UInt64 = 0
        while let member = (try? reader.next()) ?? nil {
            let isStream = candidate.content == .compressed
            // What begins like a compressed stream and is none comes back as it is.
            guard !isStream || reader.isCompressed else { return 0 }
            let path = members + [place] + (isStream ? [] : [member.name.description])
            if !isStream {
                look(at: member.name.bytes, "its name", path, &work)
                if let target = member.target { look(at: target.bytes, "its target", path, &work) }
            }
            guard member.isRegular else { continue }
            let unpacked = try Blob.unpacking(
                limit: work.budget, directory: temporaryDirectory
            ) { try reader.read(into: &$0) }
            guard let unpacked else {
                work.add(.unread("it unpacks to more than is allowed"), path, nil)
                return covered
            }
            guard unpacked.size > 0 else { continue }
            work.budget -= unpacked.size
            work.result.memberCount += 1
            work.result.memberByteCount += unpacked.size
            let kinds = try scan(unpacked, path, depth + 1, &work)
            guard !isStream else { return 0 }
            // The members of a zip are compressed: only their headers lie in the blob as they are.
            let isPlain = candidate.format != "zip"
            if isPlain { inMembers.formUnion(kinds) }
            covered = candidate.offset + member.headerOffset + (isPlain ? unpacked.size : 1)
        }
        return covered
    }
}
