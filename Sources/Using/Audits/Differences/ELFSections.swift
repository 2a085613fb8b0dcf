import Archives

/// The section table of an ELF file (System V ABI, generic part, chapter 4), read from bytes that nobody
/// vouches for: every number is checked before it is used, and at most ``limit`` sections are read.
struct ELFSections {
    /// One section.
    struct Section {
        let name: String
        let offset: UInt64
        /// In bytes of the file; 0 for one that takes none (`.bss`).
        let size: UInt64
        /// Whether it holds machine code (`SHF_EXECINSTR`).
        let isCode: Bool
    }

    let sections: [Section]

    static let limit = 4096
    private static let nameLimit = 128

    /// The table of `file`; `nil` when it is no ELF file, or has none that can be read.
    init?(_ file: borrowing OpenFile) throws {
        let header = try file.bytes(at: 0, count: 64)
        guard header.count >= 52, header.starts(with: [0x7f, 0x45, 0x4c, 0x46]),
            header[4] == 1 || header[4] == 2, header[5] == 1 || header[5] == 2
        else { return nil }
        let is64 = header[4] == 2
        let isBig = header[5] == 2
        func number(_ bytes: [UInt8], _ offset: Int, _ count: Int) -> UInt64 {
            guard offset + count <= bytes.count else { return 0 }
            let field = bytes[offset..<(offset + count)]
            return (isBig ? Array(field) : field.reversed()).reduce(0) { $0 << 8 | UInt64($1) }
        }
        let table = number(header, is64 ? 40 : 32, is64 ? 8 : 4)
        let entrySize = Int(number(header, is64 ? 58 : 46, 2))
        var count = Int(number(header, is64 ? 60 : 48, 2))
        var nameIndex = Int(number(header, is64 ? 62 : 50, 2))
        guard table > 0, table < 1 << 62, entrySize >= (is64 ? 64 : 40) else { return nil }
        func entry(_ index: Int) throws -> [UInt8] {
            try file.bytes(at: table + UInt64(index * entrySize), count: is64 ? 64 : 40)
        }
        func place(_ bytes: [UInt8]) -> (offset: UInt64, size: UInt64, link: Int) {
            is64
                ? (number(bytes, 24, 8), number(bytes, 32, 8), Int(number(bytes, 40, 4)))
                : (number(bytes, 16, 4), number(bytes, 20, 4), Int(number(bytes, 24, 4)))
        }
        let zeroth = place(try entry(0))
        // Numbers that do not fit the header stand in the first entry.
        if count == 0 { count = Int(clamping: zeroth.size) }
        if nameIndex == 0xffff { nameIndex = zeroth.link }
        guard count > 1, nameIndex < count else { return nil }
        let names = place(try entry(nameIndex))
        let fileSize = try file.status().size
        var sections: [Section] = []
        for index in 1..<min(count, Self.limit) {
            let bytes = try entry(index)
            guard bytes.count >= 40 else { break }
            let (offset, size, _) = place(bytes)
            let takesNone = number(bytes, 4, 4) == 8
            guard offset <= fileSize, takesNone || size <= fileSize - offset else { continue }
            let position = number(bytes, 0, 4)
            guard position < names.size, names.offset < 1 << 62 else { continue }
            let text = try file.bytes(
                at: names.offset + position,
                count: Int(min(UInt64(Self.nameLimit), names.size - position)))
            sections.append(
                Section(
                    name: String(decoding: text.prefix { $0 != 0 }, as: UTF8.self),
                    offset: offset, size: takesNone ? 0 : size,
                    isCode: number(bytes, 8, is64 ? 8 : 4) & 4 != 0))
        }
        guard !sections.isEmpty else { return nil }
        self.sections = sections
    }

    /// The section that holds the byte at `offset`; the headers and gaps are in none.
    func section(at offset: UInt64) -> Section? {
        sections.first { $0.offset <= offset && offset - $0.offset < $0.size }
    }
}
