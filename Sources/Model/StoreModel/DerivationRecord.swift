public import Primitives

extension Derivation {
    /// A derivation from one record of `nix derivation show`, as any Nix from 2.3 to 2.36 prints it
    /// (`docs/formats/derivation.md`).
    ///
    /// Outputs may state no path: a fixed one gets the path of its hash here, any other is deferred
    /// (``completed(inputHashes:in:)``).
    ///
    /// - Parameters:
    ///   - json: the record.
    ///   - name: the name when the record has none (Nix before 2.9).
    /// - Throws: ``DerivationError/badJSON(_:)`` that names the field; also for a field or version that
    ///   is not known.
    public init(json: JSONValue, name: String? = nil, in store: StoreDirectory)
        throws(DerivationError)
    {
        let record = try DerivationRecord(json, store: store)
        guard let name = try record.optionalText("name") ?? name else {
            throw .badJSON("'name' is missing")
        }
        var outputs: [String: DerivationOutput] = [:]
        for (output, value) in try record.object("outputs") {
            outputs[output] = try record.output(output, value, derivation: name)
        }
        let inputs = try record.inputs()
        self.init(
            name: name, outputs: outputs, inputDerivations: try inputs.derivations(),
            inputSources: try inputs.sources(), system: ByteString(try record.system()),
            builder: ByteString(try record.text("builder")),
            arguments: try record.texts("args").map { ByteString($0) },
            environment: try record.environment())
    }
}

/// Reads the fields of one derivation's record, with errors that name them.
private struct DerivationRecord {
    private let members: [String: JSONValue]
    private let store: StoreDirectory
    /// The version that the record states; 0 for those from before Nix 2.32, which state none.
    private let version: Int64

    /// Version 3 has base names in the place of store paths; 4, besides, the inputs in one record.
    private static let newestVersion: Int64 = 4

    init(_ json: JSONValue, store: StoreDirectory) throws(DerivationError) {
        guard let members = json.object else { throw .badJSON("it is not a record") }
        self.members = members
        self.store = store
        switch members["version"] {
        case nil: version = 0
        case .integer(let number)? where (3...Self.newestVersion).contains(number):
            version = number
        case let other?:
            let text = String(decoding: other.text(isPretty: false), as: UTF8.self)
            throw .badJSON(
                "it is of version \(text); known are 3, 4, and records without a version")
        }
        let inputs = version == 4 ? ["inputs"] : ["inputDrvs", "inputSrcs"]
        try Self.check(
            members,
            fields: [
                "name", "version", "outputs", "system", "builder", "args", "env", "structuredAttrs",
            ] + (version == 0 ? ["platform"] : []) + inputs, of: nil)
    }

    /// Refuses what is not known: it may change what is built.
    private static func check(_ members: [String: JSONValue], fields: [String], of place: String?)
        throws(DerivationError)
    {
        guard let unknown = members.keys.filter({ !fields.contains($0) }).min() else { return }
        throw .badJSON("the field '\(unknown)'\(place.map { " of '\($0)'" } ?? "") is not known")
    }

    private func field(_ key: String) throws(DerivationError) -> JSONValue {
        guard let field = members[key] else { throw .badJSON("'\(key)' is missing") }
        return field
    }

    func object(_ key: String) throws(DerivationError) -> [String: JSONValue] {
        guard let members = try field(key).object else { throw .badJSON("'\(key)' is no record") }
        return members
    }

    func text(_ key: String) throws(DerivationError) -> String {
        guard let text = try field(key).string else { throw .badJSON("'\(key)' is not a text") }
        return text
    }

    func optionalText(_ key: String) throws(DerivationError) -> String? {
        members[key] == nil ? nil : try text(key)
    }

    func texts(_ key: String) throws(DerivationError) -> [String] {
        try Self.texts(field(key), key)
    }

    private static func texts(_ value: JSONValue, _ key: String) throws(DerivationError) -> [String]
    {
        guard let items = value.array else { throw .badJSON("'\(key)' is not a list") }
        let texts = items.compactMap(\.string)
        guard texts.count == items.count else { throw .badJSON("'\(key)' holds a non-text") }
        return texts
    }

    /// What Nix 2.3 calls the platform.
    func system() throws(DerivationError) -> String {
        try members["system"] == nil && members["platform"] != nil
            ? text("platform") : text("system")
    }

    /// A store path in full or, as newer Nix writes it, its base name.
    private func path(_ text: String, _ key: String) throws(DerivationError) -> StorePath {
        do {
            return try text.utf8.contains(UInt8(ascii: "/"))
                ? store.parse(text) : StorePath(baseName: text)
        } catch { throw .badPath(field: "'\(key)'", error) }
    }

    // MARK: Inputs

    struct Inputs {
        let record: DerivationRecord
        let drvs: (key: String, value: JSONValue)
        let srcs: (key: String, value: JSONValue)

        func derivations() throws(DerivationError) -> [StorePath: Set<String>] {
            guard let members = drvs.value.object else {
                throw .badJSON("'\(drvs.key)' is no record")
            }
            var inputs: [StorePath: Set<String>] = [:]
            for (text, value) in members {
                let key = "\(drvs.key).\(text)"
                if let fields = value.object {
                    try DerivationRecord.check(
                        fields, fields: ["outputs", "dynamicOutputs"], of: key)
                    if let dynamic = fields["dynamicOutputs"], dynamic != .object([:]) {
                        throw .badJSON(
                            "'\(key)': it needs outputs of a derivation that a build makes; such "
                                + "dynamic derivations are not supported")
                    }
                }
                // Before Nix 2.15 the list stands alone.
                inputs[try record.path(text, drvs.key)] = Set(
                    try DerivationRecord.texts(value["outputs"] ?? value, key))
            }
            return inputs
        }

        func sources() throws(DerivationError) -> Set<StorePath> {
            var paths: Set<StorePath> = []
            for text in try DerivationRecord.texts(srcs.value, srcs.key) {
                paths.insert(try record.path(text, srcs.key))
            }
            return paths
        }
    }

    func inputs() throws(DerivationError) -> Inputs {
        guard version == 4 else {
            return Inputs(
                record: self, drvs: ("inputDrvs", try field("inputDrvs")),
                srcs: ("inputSrcs", try field("inputSrcs")))
        }
        let inputs = try object("inputs")
        try Self.check(inputs, fields: ["drvs", "srcs"], of: "inputs")
        guard let drvs = inputs["drvs"] else { throw .badJSON("'inputs.drvs' is missing") }
        guard let srcs = inputs["srcs"] else { throw .badJSON("'inputs.srcs' is missing") }
        return Inputs(record: self, drvs: ("inputs.drvs", drvs), srcs: ("inputs.srcs", srcs))
    }

    // MARK: Environment

    func environment() throws(DerivationError) -> [ByteString: ByteString] {
        var environment: [ByteString: ByteString] = [:]
        for (key, value) in try object("env") {
            guard let text = value.string else { throw .badJSON("'env': '\(key)' is not a text") }
            environment[ByteString(key)] = ByteString(text)
        }
        guard let attributes = members["structuredAttrs"] else { return environment }
        guard case .object = attributes else { throw .badJSON("'structuredAttrs' is no record") }
        guard environment["__json"] == nil else {
            throw .badJSON("it has 'structuredAttrs' and the variable '__json', which holds them")
        }
        let outputs = try object("outputs")
        let unseen = try object("env").keys.filter { outputs[$0] == nil }.min()
        if let unseen {
            throw .badJSON(
                "its builder would not see the variable '\(unseen)': with 'structuredAttrs', 'env' "
                    + "holds only those named like outputs")
        }
        guard let text = attributes.nixText() else {
            throw .badJSON(
                "'structuredAttrs' holds a number beyond 2^63, which cannot be kept exactly")
        }
        environment["__json"] = ByteString(text)
        return environment
    }

    // MARK: Outputs

    func output(_ name: String, _ value: JSONValue, derivation: String) throws(DerivationError)
        -> DerivationOutput
    {
        let key = "outputs.\(name)"
        guard let members = value.object else { throw .badJSON("'\(key)' is not a record") }
        try Self.check(members, fields: ["path", "method", "hashAlgo", "hash", "impure"], of: key)
        func text(_ field: String) throws(DerivationError) -> String? {
            switch members[field] {
            case nil, .null?: return nil
            case .string(let text)?: return text.isEmpty ? nil : text
            default: throw .badJSON("'\(key).\(field)' is not a text")
            }
        }
        var path = try text("path").map { text throws(DerivationError) in try self.path(text, key) }
        var algorithm = try text("hashAlgo") ?? ""
        switch try text("method") {
        case nil, "flat": break
        case "nar", "recursive": algorithm = "r:" + algorithm
        case "git": algorithm = "git:" + algorithm
        case "text": algorithm = "text:" + algorithm
        case let method?: throw .badJSON("'\(key)': unknown method '\(method)'")
        }
        var hash = try text("hash") ?? ""
        if members["impure"]?.bool == true { hash = "impure" }
        if hash.utf8.contains(UInt8(ascii: "-")) || hash.utf8.contains(UInt8(ascii: ":")) {
            // Newer Nix writes SRI.
            if hash.utf8.starts(with: "blake3".utf8) { throw .unsupportedBLAKE3(output: name) }
            do {
                let digest = try Digest(parsing: hash)
                hash = digest.base16
                if algorithm.isEmpty || algorithm.utf8.last == UInt8(ascii: ":") {
                    algorithm += digest.algorithm.rawValue
                }
            } catch { throw .badJSON("'\(key)': \(error)") }
        }
        let kind = DerivationOutput.methodAndName(of: algorithm)
        if kind.name == "blake3" { throw .unsupportedBLAKE3(output: name) }
        if path == nil, !hash.isEmpty, hash != "impure",
            let algorithm = HashAlgorithm(rawValue: kind.name),
            let bytes = Base16.decode(hash.utf8),
            let digest = Digest(algorithm: algorithm, bytes: bytes)
        {
            do {
                path = try store.fixedOutputPath(
                    name: name == "out" ? derivation : "\(derivation)-\(name)", method: kind.method,
                    digest: digest)
            } catch { throw .badPath(field: "'\(key)'", error) }
        }
        guard let output = DerivationOutput(path: path, algorithm: algorithm, hash: hash) else {
            throw .badJSON(
                "'\(key)' is of no known kind: hashAlgo '\(algorithm)', hash '\(hash)'")
        }
        return output
    }
}
