import Archives
import Primitives

/// Looks into two files whose contents differ: where, in which section or member, and why probably.
struct ContentComparison: ~Copyable {
    private let first: OpenFile
    private let second: OpenFile
    private var result = ContentDifference()
    private var causes: Set<LikelyCause> = []
    private let causeFinder = CauseFinder()
    /// In how many archives the files lie.
    private let depth: Int

    private static let placeLimit = 3
    private static let nameLimit = 12
    /// Archives in archives are looked into so deep, and members of at most so many bytes: both sides of
    /// each are in memory.
    private static let depthLimit = 3
    private static let nestedLimit: UInt64 = 32 << 20

    /// How `first` and `second` differ.
    ///
    /// - Throws: ``ArchivesError`` for what cannot be read; what is damaged inside is only not
    ///   looked into.
    static func difference(
        _ first: consuming OpenFile, _ second: consuming OpenFile
    ) throws -> ContentDifference {
        var comparison = ContentComparison(first: first, second: second, depth: 0)
        return try comparison.run()
    }

    private init(first: consuming OpenFile, second: consuming OpenFile, depth: Int) {
        self.first = first
        self.second = second
        self.depth = depth
    }

    private mutating func run() throws -> ContentDifference {
        let agreement = try FileAgreement(first, second)
        result.sizes = [agreement.sizes.0, agreement.sizes.1]
        result.differingCount = agreement.differingCount
        result.runCount = agreement.runCount
        guard let start = agreement.starts.first else { return result }
        result.range = start..<agreement.end
        if agreement.isReordered { causes.insert(.ordering) }
        if try !compareSections(agreement), try !compareArchives() {
            for offset in agreement.starts {
                try addPlace(nil, offset, offset, numbersFrom: offset)
            }
            if agreement.isText {
                let lines = try LineDifference(first, second, from: start)
                (result.removedLines, result.addedLines) = (lines.removed, lines.added)
            }
        }
        // The file as a whole, where nothing inside was found to differ.
        if result.places.isEmpty { try addPlace(nil, start, start, numbersFrom: nil) }
        result.causes = causes.sorted()
        return result
    }

    /// Adds a place and its likely cause.
    ///
    /// - Parameter numberOffset: where in the part the place is, if numbers may stand there.
    private mutating func addPlace(
        _ part: String?, _ offset: UInt64, _ secondOffset: UInt64,
        numbersFrom numberOffset: UInt64?
    ) throws {
        let lead = min(offset, secondOffset, DifferingPlace.judged)
        let count = Int(lead + DifferingPlace.judged)
        let one = try first.bytes(at: offset - lead, count: count)
        let other = try second.bytes(at: secondOffset - lead, count: count)
        addPlace(part, offset, secondOffset, Int(lead), one, other, numberOffset)
    }

    private mutating func addPlace(
        _ part: String?, _ offset: UInt64, _ secondOffset: UInt64, _ lead: Int,
        _ one: [UInt8], _ other: [UInt8], _ numberOffset: UInt64?
    ) {
        // A build id is noise too, and has a name of its own.
        let isBuildID = part == "section .note.gnu.build-id"
        if isBuildID {
            causes.insert(.buildID)
        } else if let cause = causeFinder.cause(one, other, at: lead, offset: numberOffset) {
            // Lines that changed places differ in whatever they hold.
            if !causes.contains(.ordering) { causes.insert(cause) }
        }
        guard result.places.count < Self.placeLimit else { return }
        // What the last window shows already.
        if let last = result.places.last, last.part == part, offset >= last.offset,
            offset - last.offset < UInt64(DifferingPlace.shown) - DifferingPlace.lead
        {
            return
        }
        result.places.append(
            DifferingPlace(
                part: part, offset: offset, secondOffset: secondOffset, lead: lead, wide: one,
                secondWide: other))
    }

    // MARK: ELF

    /// Compares section by section, so that what follows a section that has grown is not counted;
    /// `false` when not both are ELF files.
    private mutating func compareSections(_ agreement: FileAgreement) throws -> Bool {
        guard let one = try ELFSections(first), let other = try ELFSections(second) else {
            return false
        }
        var others: [String: [ELFSections.Section]] = [:]
        for section in other.sections { others[section.name, default: []].append(section) }
        var differing: [String] = []
        // Sections of a hostile file may all be the whole file.
        var budget = 4 * (agreement.sizes.0 + 4096)
        for section in one.sections {
            guard !others[section.name, default: []].isEmpty else {
                differing.append("\(section.name) (only in the first)")
                continue
            }
            let match = others[section.name, default: []].removeFirst()
            guard section.size > 0 || match.size > 0, budget >= section.size else { continue }
            budget -= section.size
            guard let place = try firstDifference(section, match) else { continue }
            let sizes =
                section.size == match.size ? "" : " (\(section.size) and \(match.size) bytes)"
            differing.append(section.name + sizes)
            try addPlace(
                "section \(section.name)", section.offset + place, match.offset + place,
                numbersFrom: section.isCode ? nil : place)
        }
        differing += others.values.joined().map { "\($0.name) (only in the second)" }.sorted()
        if differing.isEmpty {
            result.notes.append("ELF: only headers, or bytes between the sections, differ")
        } else {
            result.notes.append("ELF sections that differ: " + Self.list(differing))
        }
        return true
    }

    private func firstDifference(
        _ one: ELFSections.Section, _ other: ELFSections.Section
    ) throws -> UInt64? {
        let common = min(one.size, other.size)
        var position: UInt64 = 0
        while position < common {
            let count = Int(min(common - position, 65_536))
            let left = try first.bytes(at: one.offset + position, count: count)
            let right = try second.bytes(at: other.offset + position, count: count)
            if left != right {
                let index = zip(left, right).enumerated().first { $1.0 != $1.1 }?.offset
                return position + UInt64(index ?? min(left.count, right.count))
            }
            position += UInt64(count)
        }
        return one.size == other.size ? nil : common
    }

    // MARK: Archives

    /// Compares member by member; `false` when not both are archives of the same kind.
    private mutating func compareArchives() throws -> Bool {
        try compareGzipHeaders()
        let contents = try ArchiveMembers.contents(first)
        guard !contents.isEmpty, try ArchiveMembers.contents(second) == contents else {
            return false
        }
        for content in contents {
            guard let one = try ArchiveMembers(first, content),
                let other = try ArchiveMembers(second, content)
            else { continue }
            try compare(one, other, content)
            return true
        }
        return false
    }

    /// The time in a gzip header (RFC 1952, section 2.3).
    private mutating func compareGzipHeaders() throws {
        let one = try first.bytes(at: 0, count: 8)
        let other = try second.bytes(at: 0, count: 8)
        guard one.starts(with: [0x1f, 0x8b]), other.starts(with: [0x1f, 0x8b]),
            one.count == 8, other.count == 8, one[4...] != other[4...]
        else { return }
        let times = [one, other].map {
            $0[4...].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        }
        result.notes.append("gzip: the time in the header is \(times[0]) and \(times[1])")
        causes.insert(.timestamp)
    }

    private mutating func compare(
        _ one: ArchiveMembers, _ other: ArchiveMembers, _ content: MemberReader.Content
    ) throws {
        var others: [String: [Int]] = [:]
        for (index, member) in other.members.enumerated().reversed() {
            others[member.name, default: []].append(index)
        }
        var (only, changed, times, modes): ([String], [String], [String], [String]) =
            ([], [], [], [])
        for (index, member) in one.members.enumerated() {
            guard let match = others[member.name]?.popLast() else {
                only.append("\(member.name) (only in the first)")
                continue
            }
            let second = other.members[match]
            if member.time != second.time {
                times.append("\(member.name) (\(Self.time(member)) and \(Self.time(second)))")
            }
            if member.mode != second.mode {
                let octal = [member.mode, second.mode].map { String($0, radix: 8) }
                modes.append("\(member.name) (\(octal[0]) and \(octal[1]))")
            }
            guard member.digest != second.digest || member.target != second.target else { continue }
            changed.append(member.name)
            guard result.places.count < Self.placeLimit else { continue }
            let isSmall = max(member.size, second.size) <= Self.nestedLimit
            let isSeen = try isSmall && look(into: member.name, index, match, content)
            if !isSeen { try addPlace(member.name, index, match, content) }
        }
        only += others.flatMap { name, left in left.map { _ in "\(name) (only in the second)" } }
            .sorted()
        if !times.isEmpty { causes.insert(.timestamp) }
        if !modes.isEmpty { causes.insert(.umask) }
        let names = (one.members.map(\.name), other.members.map(\.name))
        let isReordered = only.isEmpty && names.0 != names.1
        if isReordered { causes.insert(.ordering) }
        for (list, what) in [
            (only, "members of one side"), (changed, "members with other contents"),
            (times, "members with other times"), (modes, "members with other modes"),
        ] where !list.isEmpty { result.notes.append("\(what): " + Self.list(list)) }
        if isReordered { result.notes.append("the members stand in another order") }
        if one.isPartial || other.isPartial {
            result.notes.append("the archive is damaged or too large: not all of it was compared")
        } else if only.isEmpty, changed.isEmpty, times.isEmpty, modes.isEmpty, !isReordered {
            result.notes.append("what is packed is the same: it was packed in another way")
        }
    }

    /// Compares members that are archives or programs themselves; `false` when they are not.
    private mutating func look(
        into name: String, _ index: Int, _ match: Int, _ content: MemberReader.Content
    ) throws -> Bool {
        guard depth < Self.depthLimit,
            let one = try ArchiveMembers.file(
                of: first, content, member: index, limit: Self.nestedLimit),
            let other = try ArchiveMembers.file(
                of: second, content, member: match, limit: Self.nestedLimit),
            try Self.hasParts(one), try Self.hasParts(other)
        else { return false }
        var comparison = ContentComparison(first: one, second: other, depth: depth + 1)
        let inner = try comparison.run()
        let part = Self.part(name, content)
        for place in inner.places where result.places.count < Self.placeLimit {
            result.places.append(place.inside(part))
        }
        result.notes += inner.notes.map { "\(part): \($0)" }
        causes.formUnion(inner.causes)
        return !inner.places.isEmpty
    }

    private static func hasParts(_ file: borrowing OpenFile) throws -> Bool {
        if try ELFSections(file) != nil { return true }
        return try !ArchiveMembers.contents(file).isEmpty
    }

    private static func part(_ name: String, _ content: MemberReader.Content) -> String {
        content == .compressed ? "what is compressed" : "member \(name)"
    }

    private mutating func addPlace(
        _ name: String, _ index: Int, _ match: Int, _ content: MemberReader.Content
    ) throws {
        guard
            let offset = try ArchiveMembers.firstDifference(first, index, second, match, content)
        else { return }
        let lead = min(offset, DifferingPlace.judged)
        let count = Int(lead + DifferingPlace.judged)
        let one = try ArchiveMembers.bytes(
            of: first, content, member: index, from: offset - lead, count: count)
        let other = try ArchiveMembers.bytes(
            of: second, content, member: match, from: offset - lead, count: count)
        addPlace(Self.part(name, content), offset, offset, Int(lead), one, other, offset)
    }

    private static func time(_ member: ArchiveMembers.Member) -> String {
        member.time.map { "\($0)" } ?? "none"
    }

    private static func list(_ names: [String]) -> String {
        names.prefix(nameLimit).joined(separator: ", ")
            + (names.count > nameLimit ? " and \(names.count - nameLimit) more" : "")
    }
}
