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
            guard environment[name] == nil else { throw .ambiguousVariable(name) }
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
