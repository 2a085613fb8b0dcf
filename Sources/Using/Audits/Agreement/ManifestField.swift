import Primitives
import StoreModel

/// A value in a manifest, a policy or an answer, and where it stands, for messages.
package struct ManifestField {
    let value: JSONValue
    /// Such as `entries[17].narHash`.
    private let place: String
    private let source: String

    /// The longest text of a field in bytes.
    private static let maximumText = 4096

    init(_ value: JSONValue, _ place: String, _ source: String) {
        self.value = value
        self.place = place
        self.source = source
    }

    func fail(_ reason: String) -> ManifestError {
        ManifestError(source, .field(place: place.isEmpty ? "the top" : place, reason: reason))
    }

    var isNull: Bool { value == .null }

    func has(_ key: String) -> Bool { value[key] != nil }

    func member(_ key: String) throws(ManifestError) -> ManifestField {
        guard let member = value[key] else { throw fail("it has no '\(key)'") }
        return ManifestField(member, place.isEmpty ? key : "\(place).\(key)", source)
    }

    /// - Throws: when there are others: a word that was misspelt must not be passed over.
    func expectMembers(_ known: Set<String>) throws(ManifestError) {
        for name in (value.object ?? [:]).keys.sorted() where !known.contains(name) {
            throw fail("'\(name)' is not known here")
        }
    }

    /// The members, sorted by name.
    func members() throws(ManifestError) -> [(String, ManifestField)] {
        guard let object = value.object else { throw fail("a record belongs here") }
        return object.sorted { $0.key < $1.key }.map {
            ($0.key, ManifestField($0.value, "\(place).\($0.key)", source))
        }
    }

    func elements<Element>(
        _ body: (ManifestField) throws(ManifestError) -> Element
    ) throws(ManifestError) -> [Element] {
        guard let values = value.array else { throw fail("a list belongs here") }
        var elements: [Element] = []
        elements.reserveCapacity(values.count)
        for (index, value) in values.enumerated() {
            elements.append(try body(ManifestField(value, "\(place)[\(index)]", source)))
        }
        return elements
    }

    func string() throws(ManifestError) -> String {
        guard let text = value.string else { throw fail("a text belongs here") }
        guard text.utf8.count <= Self.maximumText else {
            throw fail("the text has more than \(Self.maximumText) bytes")
        }
        // What is printed to terminals must not speak to them.
        guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else {
            throw fail("the text holds a control character")
        }
        return text
    }

    /// A text of any length that may have several lines.
    func prose() throws(ManifestError) -> String {
        guard let text = value.string else { throw fail("a text belongs here") }
        return text
    }

    func proses() throws(ManifestError) -> [String] {
        try elements { field throws(ManifestError) in try field.prose() }
    }

    /// `nil` for null.
    func optional<Value>(
        _ read: (ManifestField) throws(ManifestError) -> Value
    ) throws(ManifestError) -> Value? {
        isNull ? nil : try read(self)
    }

    func bool() throws(ManifestError) -> Bool {
        guard let value = value.bool else { throw fail("true or false belongs here") }
        return value
    }

    /// One of the words that stand for values.
    func word<Word: RawRepresentable & CaseIterable>(
        _: Word.Type
    ) throws(ManifestError) -> Word where Word.RawValue == String {
        let text = try string()
        guard let word = Word(rawValue: text) else {
            let known = Word.allCases.map(\.rawValue).joined(separator: ", ")
            throw fail("'\(text)' is none of the words \(known)")
        }
        return word
    }

    func strings() throws(ManifestError) -> [String] {
        try elements { field throws(ManifestError) in try field.string() }
    }

    func count() throws(ManifestError) -> UInt64 {
        guard let number = value.integer, let count = UInt64(exactly: number) else {
            throw fail("a whole number of at least 0 belongs here")
        }
        return count
    }

    /// A SHA-256 digest.
    func digest() throws(ManifestError) -> Digest {
        do { return try Digest(parsing: string(), algorithm: .sha256) } catch {
            throw fail("\(error)")
        }
    }

    /// A digest of any algorithm, as SRI has it.
    func sri() throws(ManifestError) -> Digest {
        do { return try Digest(parsing: string()) } catch { throw fail("\(error)") }
    }

    func storeDirectory() throws(ManifestError) -> StoreDirectory {
        do { return try StoreDirectory(string()) } catch { throw fail("\(error)") }
    }

    /// A full path in `store`.
    func storePath(in store: StoreDirectory) throws(ManifestError) -> StorePath {
        do { return try store.parse(string()) } catch { throw fail("\(error)") }
    }

    func baseName() throws(ManifestError) -> StorePath {
        do { return try StorePath(baseName: string()) } catch { throw fail("\(error)") }
    }

    /// Full paths in `store`, none twice.
    func storePaths(in store: StoreDirectory) throws(ManifestError) -> [StorePath] {
        let paths = try elements { field throws(ManifestError) in try field.storePath(in: store) }
        guard Set(paths).count == paths.count else { throw fail("a path stands twice") }
        return paths
    }

    /// NAR hashes by full path.
    func narHashes(in store: StoreDirectory) throws(ManifestError) -> [StorePath: Digest] {
        var hashes: [StorePath: Digest] = [:]
        for (name, field) in try members() {
            let path: StorePath
            do { path = try store.parse(name) } catch { throw field.fail("\(error)") }
            hashes[path] = try field.digest()
        }
        return hashes
    }

    /// Base names, sorted, none twice.
    func paths() throws(ManifestError) -> [StorePath] {
        let paths = try elements { field throws(ManifestError) in try field.baseName() }
        guard zip(paths, paths.dropFirst()).allSatisfy({ $0 < $1 }) else {
            throw fail("the paths must be sorted, and none may stand twice")
        }
        return paths
    }
}
