import Primitives

extension Derivation {
    /// Parses the text of a `.drv` file (`docs/formats/derivation.md`).
    ///
    /// Lists that are sets must be sorted by their bytes without repetition: anything else would
    /// not print back to the same text, so its store path would name something else.
    ///
    /// - Parameters:
    ///   - bytes: the whole file, without a newline at its end.
    ///   - name: the derivation's name, without `.drv`.
    ///   - store: the store directory its paths must lie in.
    /// - Throws: ``DerivationError/syntax(offset:line:reason:)``; dynamic derivations
    ///   (`DrvWithVersion`) are refused by name.
    public init(parsing bytes: [UInt8], name: String, in store: StoreDirectory)
        throws(DerivationError)
    {
        try self.init(parsing: bytes.span, name: name, in: store)
    }

    /// Parses the text of a `.drv` file; see ``init(parsing:name:in:)``.
    public init(parsing bytes: Span<UInt8>, name: String, in store: StoreDirectory)
        throws(DerivationError)
    {
        var cursor = ATermCursor()
        if bytes.count > 4, bytes[0] == UInt8(ascii: "D"), bytes[1] == UInt8(ascii: "r") {
            throw try cursor.unsupportedVersion(bytes)
        }
        let paths = ATermPaths(store: store)
        try cursor.expect("Derive(", bytes)
        let outputs = try cursor.outputs(bytes, paths)
        try cursor.expect(UInt8(ascii: ","), bytes)
        let inputDerivations = try cursor.inputDerivations(bytes, paths)
        try cursor.expect(UInt8(ascii: ","), bytes)
        let inputSources = try cursor.inputSources(bytes, paths)
        try cursor.expect(UInt8(ascii: ","), bytes)
        let system = ByteString(try cursor.rawString(bytes))
        try cursor.expect(UInt8(ascii: ","), bytes)
        let builder = ByteString(try cursor.string(bytes))
        try cursor.expect(UInt8(ascii: ","), bytes)
        var arguments: [ByteString] = []
        try cursor.list(bytes) { (cursor, bytes, _) throws(DerivationError) in
            arguments.append(ByteString(try cursor.string(bytes)))
        }
        try cursor.expect(UInt8(ascii: ","), bytes)
        let environment = try cursor.environment(bytes)
        try cursor.expect(UInt8(ascii: ")"), bytes)
        guard cursor.offset == bytes.count else {
            throw cursor.fail(bytes, "the derivation ends here, but the file goes on")
        }
        self.init(
            name: name, outputs: outputs, inputDerivations: inputDerivations,
            inputSources: inputSources, system: system, builder: builder, arguments: arguments,
            environment: environment)
    }
}

/// Reads store paths at a place in a `.drv`.
private struct ATermPaths {
    let store: StoreDirectory

    func path(_ cursor: inout ATermCursor, _ bytes: Span<UInt8>) throws(DerivationError)
        -> StorePath
    {
        let start = cursor.offset
        return try parse(try cursor.string(bytes), cursor, bytes, start)
    }

    func parse(
        _ text: [UInt8], _ cursor: ATermCursor, _ bytes: Span<UInt8>, _ start: Int
    ) throws(DerivationError) -> StorePath {
        do { return try store.parse(text.span) } catch {
            throw cursor.fail(bytes, error.description, at: start)
        }
    }
}

extension ATermCursor {
    /// The name of an output: part of a store path's name, and printed without escapes.
    private mutating func outputName(_ bytes: Span<UInt8>) throws(DerivationError) -> String {
        let start = offset
        let name = try text(bytes, "an output's name")
        guard name.utf8.allSatisfy(StorePath.isNameCharacter) else {
            throw fail(
                bytes, "the output '\(name)' has characters that no store path has", at: start)
        }
        return name
    }

    fileprivate mutating func outputs(_ bytes: Span<UInt8>, _ paths: ATermPaths)
        throws(DerivationError) -> [String: DerivationOutput]
    {
        var outputs: [String: DerivationOutput] = [:]
        var previous: String?
        try list(bytes) { (cursor, bytes, start) throws(DerivationError) in
            try cursor.expect(UInt8(ascii: "("), bytes)
            let name = try cursor.outputName(bytes)
            try cursor.ordered(previous, before: name, bytes, start, "output")
            previous = name
            try cursor.expect(UInt8(ascii: ","), bytes)
            let pathStart = cursor.offset
            let path = try cursor.string(bytes)
            try cursor.expect(UInt8(ascii: ","), bytes)
            let algorithm = try cursor.text(bytes, "a hash algorithm")
            try cursor.expect(UInt8(ascii: ","), bytes)
            let hash = try cursor.text(bytes, "a hash")
            try cursor.expect(UInt8(ascii: ")"), bytes)
            let storePath =
                path.isEmpty ? nil : try paths.parse(path, cursor, bytes, pathStart)
            if DerivationOutput.methodAndName(of: algorithm).name == "blake3" {
                let error = DerivationError.unsupportedBLAKE3(output: name)
                throw cursor.fail(bytes, error.description, at: start)
            }
            guard
                let output = DerivationOutput(path: storePath, algorithm: algorithm, hash: hash)
            else {
                throw cursor.fail(
                    bytes,
                    "output '\(name)' has no known kind: path '\(ByteString(path))', algorithm "
                        + "'\(algorithm)', hash '\(hash)'", at: start)
            }
            outputs[name] = output
        }
        return outputs
    }

    fileprivate mutating func inputDerivations(_ bytes: Span<UInt8>, _ paths: ATermPaths)
        throws(DerivationError) -> [StorePath: Set<String>]
    {
        var inputs: [StorePath: Set<String>] = [:]
        var previous: StorePath?
        try list(bytes) { (cursor, bytes, start) throws(DerivationError) in
            try cursor.expect(UInt8(ascii: "("), bytes)
            let path = try paths.path(&cursor, bytes)
            try cursor.ordered(previous, before: path, bytes, start, "input derivation")
            previous = path
            try cursor.expect(UInt8(ascii: ","), bytes)
            var names: Set<String> = []
            var last: String?
            try cursor.list(bytes) { (cursor, bytes, start) throws(DerivationError) in
                let name = try cursor.outputName(bytes)
                try cursor.ordered(last, before: name, bytes, start, "output name")
                last = name
                names.insert(name)
            }
            try cursor.expect(UInt8(ascii: ")"), bytes)
            inputs[path] = names
        }
        return inputs
    }

    fileprivate mutating func inputSources(_ bytes: Span<UInt8>, _ paths: ATermPaths)
        throws(DerivationError) -> Set<StorePath>
    {
        var sources: Set<StorePath> = []
        var previous: StorePath?
        try list(bytes) { (cursor, bytes, start) throws(DerivationError) in
            let path = try paths.path(&cursor, bytes)
            try cursor.ordered(previous, before: path, bytes, start, "input source")
            previous = path
            sources.insert(path)
        }
        return sources
    }

    fileprivate mutating func environment(_ bytes: Span<UInt8>)
        throws(DerivationError) -> [ByteString: ByteString]
    {
        var environment: [ByteString: ByteString] = [:]
        var previous: ByteString?
        try list(bytes) { (cursor, bytes, start) throws(DerivationError) in
            try cursor.expect(UInt8(ascii: "("), bytes)
            let key = ByteString(try cursor.string(bytes))
            try cursor.ordered(previous, before: key, bytes, start, "environment variable")
            previous = key
            try cursor.expect(UInt8(ascii: ","), bytes)
            environment[key] = ByteString(try cursor.string(bytes))
            try cursor.expect(UInt8(ascii: ")"), bytes)
        }
        return environment
    }

    private func ordered<Value: Comparable>(
        _ previous: Value?, before value: Value, _ bytes: Span<UInt8>, _ start: Int, _ what: String
    ) throws(DerivationError) {
        guard let previous, !(previous < value) else { return }
        throw fail(
            bytes,
            previous == value
                ? "the \(what) '\(value)' stands twice"
                : "the \(what) '\(value)' stands after '\(previous)': they must be sorted",
            at: start)
    }
}

extension DerivationOutput {
    /// An output from the three fields of a `.drv`; `nil` when they fit no kind.
    init?(path: StorePath?, algorithm: String, hash: String) {
        if algorithm.isEmpty {
            guard hash.isEmpty else { return nil }
            self = path.map { .inputAddressed($0) } ?? .deferred
            return
        }
        let (method, name) = Self.methodAndName(of: algorithm)
        guard let algorithm = HashAlgorithm(rawValue: name) else { return nil }
        switch (path, hash) {
        case (let path?, _):
            guard let bytes = Base16.decode(hash.utf8),
                let digest = Digest(algorithm: algorithm, bytes: bytes)
            else { return nil }
            self = .fixed(path, method: method, digest: digest)
        case (nil, ""): self = .floating(method: method, algorithm: algorithm)
        case (nil, "impure"): self = .impure(method: method, algorithm: algorithm)
        default: return nil
        }
    }

    /// The parts of the second field, such as `r:sha256`; the algorithm need not be known.
    static func methodAndName(of text: String) -> (method: ContentAddressMethod, name: String) {
        for method in [ContentAddressMethod.recursive, .git, .text]
        where text.utf8.starts(with: method.rawValue.utf8) {
            return (method, String(text.dropFirst(method.rawValue.count)))
        }
        return (.flat, text)
    }
}
