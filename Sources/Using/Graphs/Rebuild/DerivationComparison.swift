import Primitives
import StoreModel

/// What two derivations state differently themselves, and which of their inputs correspond.
struct DerivationComparison {
    /// Inputs that have each other's place.
    let inputs: [(first: StorePath, second: StorePath)]
    /// What differs apart from those inputs.
    private(set) var differences: [DerivationDifference] = []

    private let first: Derivation
    private let second: Derivation
    private var renaming = PathRenaming()

    /// Compares.
    ///
    /// - Parameters:
    ///   - derivation: reads an input.
    ///   - source: the content of a source when it is a small text; else `nil`.
    init(
        _ first: Derivation, _ second: Derivation,
        derivation: (StorePath) throws -> Derivation, source: (StorePath) throws -> ByteString?
    ) throws {
        self.first = first
        self.second = second
        let inputs = NamePairs(
            Set(first.inputDerivations.keys), Set(second.inputDerivations.keys))
        let sources = NamePairs(first.inputSources, second.inputSources)
        self.inputs = inputs.pairs
        for (old, new) in inputs.pairs where old != new {
            renaming.add(old, new)
            try addOutputs(derivation(old), derivation(new))
        }
        for (old, new) in sources.pairs where old != new { renaming.add(old, new) }
        addOutputs(first, second)
        compareFields()
        compareInputs(inputs)
        try compareSources(sources, source)
    }

    private mutating func addOutputs(_ old: Derivation, _ new: Derivation) {
        for (name, output) in old.outputs {
            if let path = output.path, let other = new.outputs[name]?.path, path != other {
                renaming.add(path, other)
            }
        }
    }

    private mutating func add(
        _ field: DerivationDifference.Field, _ key: String, _ removed: [String], _ added: [String]
    ) {
        guard removed != added else { return }
        differences.append(
            DerivationDifference(
                field: field, key: key, removed: removed.map(URLRedaction.redact(in:)),
                added: added.map(URLRedaction.redact(in:))))
    }

    private mutating func addTexts(
        _ field: DerivationDifference.Field, _ key: String, _ old: ByteString?, _ new: ByteString?
    ) {
        let renamed = old.map(renaming.renamed)
        guard renamed != new else { return }
        guard let renamed, let new else {
            return add(
                field, key, renamed.map { [$0.description] } ?? [],
                new.map {
                    [$0.description]
                } ?? [])
        }
        let difference = TextDifference(renamed, new)
        add(field, key, difference.removed, difference.added)
    }

    private mutating func compareFields() {
        add(.name, "", [first.name], [second.name])
        addTexts(.system, "", first.system, second.system)
        addTexts(.builder, "", first.builder, second.builder)
        compareArguments()
        let (old, new) = (Self.variables(first), Self.variables(second))
        for key in Set(old.keys).union(new.keys).sorted() {
            addTexts(.variable, key.description, old[key], new[key])
        }
        for key in Set(first.outputs.keys).union(second.outputs.keys).sorted() {
            let (old, new) = (first.outputs[key], second.outputs[key])
            add(.output, key, Self.words(old), Self.words(new))
        }
    }

    /// The environment, with structured attributes one by one, and without what is said already.
    private static func variables(_ derivation: Derivation) -> [ByteString: ByteString] {
        var variables = derivation.environment
        if let text = variables["__json"],
            let members = (try? JSONValue(parsing: text.bytes))?.object
        {
            variables["__json"] = nil
            for (key, value) in members where !["builder", "system"].contains(key) {
                variables[ByteString(key)] =
                    value.string.map { ByteString($0) } ?? ByteString(value.text(isPretty: false))
            }
        }
        if variables["name"] == ByteString(derivation.name) { variables["name"] = nil }
        return variables
    }

    /// One by one when there are as many, so that only the words of the one that changed are told.
    private mutating func compareArguments() {
        guard first.arguments.count == second.arguments.count else {
            let old = first.arguments.map { renaming.renamed($0).description }
            let new = second.arguments.map(\.description)
            let changes = new.difference(from: old)
            var (removed, added): ([String], [String]) = ([], [])
            for case .remove(_, let word, _) in changes.removals { removed.append(word) }
            for case .insert(_, let word, _) in changes.insertions { added.append(word) }
            return add(.arguments, "", removed, added)
        }
        for (index, (old, new)) in zip(first.arguments, second.arguments).enumerated() {
            addTexts(.arguments, "\(index + 1)", old, new)
        }
    }

    private static func words(_ output: DerivationOutput?) -> [String] {
        switch output {
        case .fixed(_, let method, let digest): ["\(method) \(digest.sri)"]
        case .inputAddressed, .deferred: ["any content"]
        case .floating(let method, let algorithm): ["\(method) \(algorithm)"]
        case .impure(let method, let algorithm): ["impure \(method) \(algorithm)"]
        case nil: []
        }
    }

    private mutating func compareInputs(_ pairs: NamePairs) {
        add(
            .inputs, "", pairs.onlyFirst.map(\.baseName), pairs.onlySecond.map(\.baseName))
        for (old, new) in pairs.pairs {
            let wanted = (first.inputDerivations[old] ?? [], second.inputDerivations[new] ?? [])
            add(.inputs, new.name, wanted.0.sorted(), wanted.1.sorted())
        }
    }

    private mutating func compareSources(
        _ pairs: NamePairs, _ source: (StorePath) throws -> ByteString?
    ) throws {
        for (old, new) in pairs.pairs where old != new {
            if let one = try source(old), let other = try source(new) {
                addTexts(.source, new.name, one, other)
            } else {
                add(.source, new.name, [old.baseName], [new.baseName])
            }
        }
        for path in pairs.onlyFirst { add(.source, path.name, [path.baseName], []) }
        for path in pairs.onlySecond { add(.source, path.name, [], [path.baseName]) }
    }
}
