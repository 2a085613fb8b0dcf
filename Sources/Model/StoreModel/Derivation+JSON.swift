public import Primitives

extension Derivation {
    /// The derivation as the record that `nix derivation show` prints for it (Nix 2.18: `name`,
    /// `inputDrvs` with `outputs` and `dynamicOutputs`, algorithms with their `r:`).
    ///
    /// - Throws: ``DerivationError/notUnicode(field:)``: JSON holds only UTF-8.
    public func json(in store: StoreDirectory) throws(DerivationError) -> JSONValue {
        var outputRecords: [String: JSONValue] = [:]
        for (output, kind) in outputs { outputRecords[output] = kind.json(in: store) }
        var inputRecords: [String: JSONValue] = [:]
        for (path, wanted) in inputDerivations {
            inputRecords[store.path(of: path)] = .object([
                "dynamicOutputs": .object([:]), "outputs": .strings(wanted.sorted()),
            ])
        }
        var arguments: [JSONValue] = []
        for (index, argument) in self.arguments.enumerated() {
            arguments.append(.string(try argument.unicode("argument \(index + 1)")))
        }
        var environment: [String: JSONValue] = [:]
        for (key, value) in self.environment {
            let name = try key.unicode("the name of the variable '\(key)'")
            environment[name] = .string(try value.unicode("the value of the variable '\(key)'"))
        }
        return .object([
            "args": .array(arguments),
            "builder": .string(try builder.unicode("the builder")),
            "env": .object(environment),
            "inputDrvs": .object(inputRecords),
            "inputSrcs": .strings(inputSources.sorted().map { store.path(of: $0) }),
            "name": .string(name),
            "outputs": .object(outputRecords),
            "system": .string(try system.unicode("the system")),
        ])
    }

    /// A derivation from one record of `nix derivation show`, from any Nix: `inputDrvs` may also
    /// give plain lists of outputs, and an output's algorithm may have its `method` beside it.
    ///
    /// - Parameters:
    ///   - json: the record.
    ///   - name: the name when the record has none (Nix before 2.9).
    /// - Throws: ``DerivationError/badJSON(_:)`` that names the field.
    public init(json: JSONValue, name: String? = nil, in store: StoreDirectory)
        throws(DerivationError)
    {
        let record = DerivationRecord(value: json, store: store)
        guard let name = json["name"]?.string ?? name else {
            throw .badJSON("'name' is missing")
        }
        var outputs: [String: DerivationOutput] = [:]
        for (output, value) in try record.object("outputs") {
            outputs[output] = try record.output(output, value)
        }
        var inputDerivations: [StorePath: Set<String>] = [:]
        for (path, value) in try record.object("inputDrvs") {
            if let dynamic = value["dynamicOutputs"]?.object, !dynamic.isEmpty {
                throw .badJSON("'inputDrvs': dynamic outputs of '\(path)' are not supported")
            }
            guard let names = (value["outputs"] ?? value).array else {
                throw .badJSON("'inputDrvs': the outputs of '\(path)' are not a list")
            }
            let wanted = try record.texts(names, "inputDrvs")
            inputDerivations[try record.path(path, "inputDrvs")] = Set(wanted)
        }
        var sources: Set<StorePath> = []
        for text in try record.texts(try record.array("inputSrcs"), "inputSrcs") {
            sources.insert(try record.path(text, "inputSrcs"))
        }
        var environment: [ByteString: ByteString] = [:]
        for (key, value) in try record.object("env") {
            guard let text = value.string else { throw .badJSON("'env': '\(key)' is not a text") }
            environment[ByteString(key)] = ByteString(text)
        }
        self.init(
            name: name, outputs: outputs, inputDerivations: inputDerivations,
            inputSources: sources, system: ByteString(try record.text("system")),
            builder: ByteString(try record.text("builder")),
            arguments: try record.texts(try record.array("args"), "args").map { ByteString($0) },
            environment: environment)
    }
}

extension ByteString {
    fileprivate func unicode(_ field: String) throws(DerivationError) -> String {
        guard let text = string else { throw .notUnicode(field: field) }
        return text
    }
}

extension DerivationOutput {
    fileprivate func json(in store: StoreDirectory) -> JSONValue {
        let fields = fields(in: store)
        var record: [String: JSONValue] = [:]
        if !fields.path.isEmpty { record["path"] = .string(fields.path) }
        if !fields.algorithm.isEmpty { record["hashAlgo"] = .string(fields.algorithm) }
        if case .impure = self {
            record["impure"] = .bool(true)
        } else if !fields.hash.isEmpty {
            record["hash"] = .string(fields.hash)
        }
        return .object(record)
    }
}

/// Reads the fields of one derivation's record, with errors that name them.
private struct DerivationRecord {
    let value: JSONValue
    let store: StoreDirectory

    func field(_ key: String) throws(DerivationError) -> JSONValue {
        guard case .object = value else { throw .badJSON("it is not a record") }
        guard let field = value[key] else { throw .badJSON("'\(key)' is missing") }
        return field
    }

    func object(_ key: String) throws(DerivationError) -> [String: JSONValue] {
        guard let members = try field(key).object else { throw .badJSON("'\(key)' is no record") }
        return members
    }

    func array(_ key: String) throws(DerivationError) -> [JSONValue] {
        guard let items = try field(key).array else { throw .badJSON("'\(key)' is not a list") }
        return items
    }

    func text(_ key: String) throws(DerivationError) -> String {
        guard let text = try field(key).string else { throw .badJSON("'\(key)' is not a text") }
        return text
    }

    func texts(_ items: [JSONValue], _ key: String) throws(DerivationError) -> [String] {
        var texts: [String] = []
        for item in items {
            guard let text = item.string else { throw .badJSON("'\(key)' holds a non-text") }
            texts.append(text)
        }
        return texts
    }

    func path(_ text: String, _ key: String) throws(DerivationError) -> StorePath {
        do { return try store.parse(text) } catch { throw .badPath(field: "'\(key)'", error) }
    }

    func output(_ name: String, _ value: JSONValue) throws(DerivationError) -> DerivationOutput {
        guard case .object(let members) = value else {
            throw .badJSON("the output '\(name)' is not a record")
        }
        let key = "outputs.\(name)"
        let stated = members["path"]?.string
        let path = try stated.map { text throws(DerivationError) in try self.path(text, key) }
        var algorithm = members["hashAlgo"]?.string ?? ""
        switch members["method"]?.string {
        case nil, "flat": break
        case "nar", "recursive": algorithm = "r:" + algorithm
        case "git": algorithm = "git:" + algorithm
        case "text": algorithm = "text:" + algorithm
        case let method?: throw .badJSON("'\(key)': unknown method '\(method)'")
        }
        var hash = members["hash"]?.string ?? ""
        if members["impure"]?.bool == true { hash = "impure" }
        if hash.contains("-") || hash.contains(":") {
            // Newer Nix writes SRI.
            do {
                let digest = try Digest(parsing: hash)
                hash = digest.base16
                if algorithm.isEmpty || algorithm.hasSuffix(":") {
                    algorithm += digest.algorithm.rawValue
                }
            } catch { throw .badJSON("'\(key)': \(error)") }
        }
        guard let output = DerivationOutput(path: path, algorithm: algorithm, hash: hash) else {
            throw .badJSON(
                "'\(key)' is of no known kind: hashAlgo '\(algorithm)', hash '\(hash)'")
        }
        return output
    }
}
