import Primitives

extension NarInfo {
    /// Parses a narinfo.
    ///
    /// - Parameter store: the store directory the path must lie in.
    /// - Throws: ``NarInfoError`` with the line.
    public init(parsing bytes: [UInt8], in store: StoreDirectory) throws(NarInfoError) {
        guard bytes.count <= Self.maximumCount else { throw .tooLarge(bytes.count) }
        var fields = NarInfoFields()
        var number = 0
        var rest = bytes[...]
        while !rest.isEmpty {
            number += 1
            guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else {
                throw .line(number, reason: "it has no newline: the file is cut off")
            }
            try fields.add(rest[..<end], number)
            rest = rest[(end + 1)...]
        }
        self = try fields.narInfo(in: store)
    }
}

/// The lines of a narinfo, each key once.
private struct NarInfoFields {
    private struct Field {
        let line: Int
        let value: String
    }

    private static let known: Set<String> = [
        "StorePath", "URL", "Compression", "FileHash", "FileSize", "NarHash", "NarSize",
        "References", "Deriver", "CA",
    ]

    private var fields: [String: Field] = [:]
    private var signatures: [String] = []

    mutating func add(_ line: ArraySlice<UInt8>, _ number: Int) throws(NarInfoError) {
        guard let text = String(validating: line, as: UTF8.self) else {
            throw .line(number, reason: "it is not UTF-8")
        }
        guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else {
            throw .line(number, reason: "it holds a control character")
        }
        guard let separator = text.firstRange(of: ": ") else {
            // A key with nothing behind it is an empty value: References, as a rule.
            guard text.utf8.last == UInt8(ascii: ":") else {
                throw .line(number, reason: "'\(text)' is not 'Key: value'")
            }
            return try set(String(text.dropLast()), "", number)
        }
        try set(
            String(text[..<separator.lowerBound]), String(text[separator.upperBound...]), number)
    }

    private mutating func set(_ key: String, _ value: String, _ number: Int) throws(NarInfoError) {
        if key == "Sig" {
            guard let colon = value.utf8.firstIndex(of: UInt8(ascii: ":")),
                colon > value.startIndex, value.utf8.index(after: colon) < value.endIndex
            else { throw .line(number, reason: "'\(value)' is not 'key-name:base64'") }
            signatures.append(value)
            return
        }
        guard Self.known.contains(key) else { return }
        guard fields.updateValue(Field(line: number, value: value), forKey: key) == nil else {
            throw .line(number, reason: "'\(key)' stands twice")
        }
    }

    func narInfo(in store: StoreDirectory) throws(NarInfoError) -> NarInfo {
        let path = try convert(required("StorePath")) { text throws(StorePathError) in
            try store.parse(text)
        }
        let url = try required("URL")
        if let reason = Self.fault(inURL: url.value) { throw .line(url.line, reason: reason) }
        let narHash = try digest(required("NarHash"))
        guard narHash.algorithm == .sha256 else {
            throw .line(try required("NarHash").line, reason: "NarHash must be a sha256 hash")
        }
        let size = try required("NarSize")
        let narSize = try number(size)
        guard narSize > 0 else { throw .line(size.line, reason: "NarSize is 0: no NAR is empty") }
        var info = PathInfo(
            path: path, narHash: narHash, narSize: narSize, signatures: signatures,
            contentAddress: fields["CA"]?.value)
        if let field = fields["References"] {
            for word in field.value.split(separator: " ") {
                let reference = try convert(Field(line: field.line, value: String(word))) {
                    text throws(StorePathError) in try StorePath(baseName: text)
                }
                guard info.references.insert(reference).inserted else {
                    throw .line(field.line, reason: "the reference '\(reference)' stands twice")
                }
            }
        }
        if let field = fields["Deriver"], field.value != "unknown-deriver" {
            info.deriver = try convert(field) { text throws(StorePathError) in
                try StorePath(baseName: text)
            }
        }
        var fileHash: Digest?
        if let field = fields["FileHash"] { fileHash = try digest(field) }
        var fileSize: UInt64?
        if let field = fields["FileSize"] { fileSize = try number(field) }
        return NarInfo(
            info: info, url: url.value, compression: fields["Compression"]?.value ?? "bzip2",
            fileHash: fileHash, fileSize: fileSize)
    }

    private func required(_ key: String) throws(NarInfoError) -> Field {
        guard let field = fields[key] else { throw .missing(key: key) }
        return field
    }

    private func convert(
        _ field: Field, _ body: (String) throws(StorePathError) -> StorePath
    ) throws(NarInfoError) -> StorePath {
        do { return try body(field.value) } catch {
            throw .line(field.line, reason: error.description)
        }
    }

    private func digest(_ field: Field) throws(NarInfoError) -> Digest {
        do { return try Digest(parsing: field.value) } catch {
            throw .line(field.line, reason: error.description)
        }
    }

    private func number(_ field: Field) throws(NarInfoError) -> UInt64 {
        let isPlain = field.value.utf8.allSatisfy {
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
        }
        // No file is larger, and sums of such sizes do not overflow.
        guard isPlain, let value = UInt64(field.value), value <= 1 << 60 else {
            throw .line(field.line, reason: "'\(field.value)' is not a size in bytes")
        }
        return value
    }

    /// What is wrong with a NAR's address: it must stay in the cache that serves the narinfo.
    private static func fault(inURL url: String) -> String? {
        if url.isEmpty { return "URL is empty" }
        // By bytes: a slash before a combining mark is one to a server and a file system.
        let bytes = Array(url.utf8)
        if bytes.first == UInt8(ascii: "/") || bytes.contains(UInt8(ascii: ":")) {
            return "the URL '\(url)' does not stay in the cache: it must be relative"
        }
        var plain = bytes
        for (code, character) in [("%2e", "."), ("%2E", "."), ("%2f", "/"), ("%2F", "/")] {
            plain = Array(plain.replacing(Array(code.utf8), with: Array(character.utf8)))
        }
        if plain.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .contains(where: { $0.elementsEqual("..".utf8) })
        {
            return "the URL '\(url)' climbs out of the cache"
        }
        return nil
    }
}
