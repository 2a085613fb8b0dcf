public import Primitives

/// Where store paths lie, as a value: `/nodeos/store`, or `/nix/store` to reproduce Nix's names.
/// Part of every store path's hash.
public struct StoreDirectory: Hashable, Sendable, CustomStringConvertible {
    /// The absolute path, without a slash at its end.
    public let path: String

    /// `/nodeos/store`.
    public static let nodeos = StoreDirectory(unchecked: "/nodeos/store")

    /// A store directory.
    ///
    /// - Throws: ``StorePathError/badStoreDirectory(_:)`` unless `path` is absolute and normalised, and
    ///   text without controls: derivations, signatures and registrations spell it.
    public init(_ path: String) throws(StorePathError) {
        guard Self.isNormalised(path),
            path.unicodeScalars.allSatisfy({
                $0.systemByte == nil && !$0.misleads && $0 != "\t" && $0 != "\n"
            })
        else { throw .badStoreDirectory(path) }
        self.path = path
    }

    /// Whether `path` is absolute, without empty components, `.` and `..`.
    public static func isNormalised(_ path: String) -> Bool {
        path.utf8.count > 1 && path.isAbsolutePath && !path.utf8.contains(0)
            && "/" + path.pathComponents.joined(separator: "/") == path
            && !path.pathComponents.contains { $0 == "." || $0 == ".." }
    }

    private init(unchecked path: String) { self.path = path }

    /// The full path of `item`.
    public func path(of item: StorePath) -> String { path + "/" + item.baseName }

    /// The path as text.
    public var description: String { path }

    /// The store path that `text` spells in full.
    ///
    /// - Throws: ``StorePathError``; also when `text` goes deeper than the store item.
    public func parse(_ text: String) throws(StorePathError) -> StorePath {
        try parse(text.utf8.span)
    }

    /// The store path that these bytes spell in full; see ``parse(_:)-(String)``.
    func parse(_ text: Span<UInt8>) throws(StorePathError) -> StorePath {
        let prefix = path.utf8.span
        var isInside = text.count > prefix.count + 1 && text[prefix.count] == UInt8(ascii: "/")
        if isInside {
            for index in prefix.indices where text[index] != prefix[index] { isInside = false }
            for index in (prefix.count + 1)..<text.count where text[index] == UInt8(ascii: "/") {
                isInside = false
            }
        }
        guard isInside else {
            throw .notInStore(String(decoding: text.copied(), as: UTF8.self), store: path)
        }
        return try StorePath(baseName: text.extracting((prefix.count + 1)...))
    }

    /// The store item that `text` lies in, which may be the item or anything below it.
    ///
    /// - Throws: ``StorePathError``.
    public func parse(below text: String) throws(StorePathError) -> StorePath {
        guard text.utf8.starts(with: (path + "/").utf8) else {
            throw .notInStore(text, store: path)
        }
        let item = text.utf8.dropFirst(path.utf8.count + 1).prefix { $0 != UInt8(ascii: "/") }
        return try StorePath(baseName: String(decoding: item, as: UTF8.self))
    }

    // MARK: Making names (docs/formats/store-path.md)

    /// The path of an item whose identity is `type` and `inner`.
    ///
    /// - Parameters:
    ///   - type: the fingerprint's first field, for example `source` or `output:out`.
    ///   - inner: a SHA-256 digest.
    public func makePath(type: String, inner: Digest, name: String) throws(StorePathError)
        -> StorePath
    {
        try StorePath.check(name: name)
        let fingerprint = "\(type):\(inner.algorithm.rawValue):\(inner.base16):\(path):\(name)"
        return try StorePath(hash: Digest.hash(fingerprint).folded(to: 20), name: name)
    }

    /// The path of a text file, such as a `.drv`, with the SHA-256 digest `contents`.
    public func textPath(name: String, contents: Digest, references: some Collection<StorePath>)
        throws(StorePathError) -> StorePath
    {
        try makePath(
            type: type("text", references: references, selfReference: false), inner: contents,
            name: name)
    }

    /// The path of a tree whose NAR has the SHA-256 digest `narHash`: an added source, or a
    /// recursive SHA-256 output.
    public func sourcePath(
        name: String, narHash: Digest, references: some Collection<StorePath>,
        selfReference: Bool = false
    ) throws(StorePathError) -> StorePath {
        try makePath(
            type: type("source", references: references, selfReference: selfReference),
            inner: narHash, name: name)
    }

    /// The path of a fixed output.
    ///
    /// - Parameters:
    ///   - method: how `digest` was computed.
    ///   - name: the name of the path, with the output's name appended unless that is `out`.
    public func fixedOutputPath(
        name: String, method: ContentAddressMethod, digest: Digest
    ) throws(StorePathError) -> StorePath {
        switch (method, digest.algorithm) {
        case (.recursive, .sha256):
            return try sourcePath(name: name, narHash: digest, references: [])
        case (.text, _):
            return try textPath(name: name, contents: digest, references: [])
        default:
            let text = "fixed:out:\(method.rawValue)\(digest.algorithm.rawValue):\(digest.base16):"
            return try makePath(type: "output:out", inner: Digest.hash(text), name: name)
        }
    }

    private func type(
        _ kind: String, references: some Collection<StorePath>, selfReference: Bool
    ) -> String {
        var text = kind
        for reference in references.sorted() { text += ":" + path(of: reference) }
        if selfReference { text += ":self" }
        return text
    }
}
