import Primitives
import StoreModel

/// Turns packages into derivations, each package, download and text once.
struct Lowering {
    private let graph: PackageGraph
    private let store: StoreDirectory
    private var texts: [BuildFile: LoweredGraph.Text] = [:]
    private var packages: [PackageReference: LoweredGraph.Item] = [:]
    private var downloads: [Source: LoweredGraph.Item] = [:]
    private var hashes: [StorePath: QuotientHash] = [:]
    /// In the order they were finished: inputs first.
    private var items: [LoweredGraph.Item] = []

    init(graph: PackageGraph, store: StoreDirectory) {
        self.graph = graph
        self.store = store
    }

    func result(goals: [StorePath]) -> LoweredGraph {
        LoweredGraph(
            texts: texts.values.sorted { $0.path < $1.path }, derivations: items, goals: goals)
    }

    /// The download whose derivation is `path`; `nil` when another kind is.
    func download(at path: StorePath) -> LoweredGraph.Item? {
        downloads.values.first { $0.path == path }
    }

    /// The derivation of a package. Recursion ends: a reference only leads to earlier packages.
    mutating func lower(_ reference: PackageReference) throws(RecipesError) -> LoweredGraph.Item {
        if let item = packages[reference] { return item }
        let package = try graph.package(reference)
        var draft = DerivationDraft(
            name: package.derivationName, system: graph.cpu.system, outputs: package.outputs)
        draft.environment = [
            "name": package.derivationName, "system": graph.cpu.system,
            "stage": package.stage.variable,
        ]
        if let version = package.version { draft.environment["version"] = version }

        switch package.buildSystem {
        case .unpack(let layout):
            draft.system = "builtin"
            draft.builder = "builtin:unpack"
            draft.environment["layout"] = layout.rawValue
            draft.environment["preferLocalBuild"] = "1"
            if !package.sources.isEmpty {
                draft.environment["srcs"] = try resolve(sources: package.sources, into: &draft)
            }
        case .build(let script, let setup, let seeds, let shell):
            draft.builder = try resolve(.output(seeds, suffix: "/" + shell), into: &draft)
            draft.arguments = ["-e", try resolve(.contents(script), into: &draft)]
            draft.environment["setup"] = try resolve(.contents(setup), into: &draft)
            draft.environment["seeds"] = try resolve(.output(seeds), into: &draft)
            draft.environment["triple"] = graph.cpu.debianTriple
            draft.environment["PATH"] = try resolve(
                .searchPath(package.tools + [seeds]), into: &draft)
        case .program(let program, let arguments):
            draft.builder = try resolve(program, into: &draft)
            for argument in arguments {
                draft.arguments.append(try resolve(argument, into: &draft))
            }
        }
        if package.buildSystem.isScript, !package.sources.isEmpty {
            draft.environment[package.sources.count == 1 ? "src" : "srcs"] =
                try resolve(sources: package.sources, into: &draft)
        }
        if !package.patches.isEmpty {
            draft.environment["patches"] = try resolve(sources: package.patches, into: &draft)
        }
        let disallowed = [
            "disallowedReferences": package.disallowedReferences,
            "disallowedRequisites": package.disallowedRequisites,
        ]
        for (variable, references) in disallowed where !references.isEmpty {
            // Every output: a library of an earlier stage is as bad as its compiler.
            var outputs: [Value] = []
            for reference in references {
                outputs += try graph.package(reference).outputs.map {
                    .output(reference, output: $0)
                }
            }
            // Named, but not an input: what must not leak is not even there while it is built.
            var apart = draft
            draft.environment[variable] = try resolve(.list(outputs), into: &apart)
        }
        if !package.requiredSystemFeatures.isEmpty {
            draft.environment["requiredSystemFeatures"] =
                package.requiredSystemFeatures.joined(separator: " ")
        }
        for (variable, value) in package.environment.sorted(by: { $0.key < $1.key }) {
            guard draft.environment[variable] == nil else {
                throw .reservedVariable(variable, package: reference.name)
            }
            draft.environment[variable] = try resolve(value, into: &draft)
        }
        let item = try finish(draft)
        packages[reference] = item
        return item
    }

    /// The text of `value`; what it names becomes an input of `draft`.
    private mutating func resolve(_ value: Value, into draft: inout DerivationDraft)
        throws(RecipesError) -> String
    {
        switch value {
        case .text(let text): return text
        case .output(let reference, let output, let suffix):
            let item = try lower(reference)
            return try use(item, output: output, in: &draft) + suffix
        case .source(let source):
            return try use(try download(source), output: "out", in: &draft)
        case .contents(let file):
            let path = try text(file).path
            draft.inputSources.insert(path)
            return store.path(of: path)
        case .list(let values, let separator):
            var parts: [String] = []
            for value in values { parts.append(try resolve(value, into: &draft)) }
            return parts.joined(separator: separator)
        }
    }

    private mutating func resolve(sources: [Source], into draft: inout DerivationDraft)
        throws(RecipesError) -> String
    {
        try resolve(.list(sources.map { .source($0) }), into: &draft)
    }

    private func use(
        _ item: LoweredGraph.Item, output: String, in draft: inout DerivationDraft
    ) throws(RecipesError) -> String {
        guard let path = item.derivation.outputs[output]?.path else {
            throw .unknownOutput(output, package: item.derivation.name)
        }
        draft.inputDerivations[item.path, default: []].insert(output)
        return store.path(of: path)
    }

    private mutating func text(_ file: BuildFile) throws(RecipesError) -> LoweredGraph.Text {
        if let text = texts[file] { return text }
        let bytes = file.bytes
        do {
            let path = try store.textPath(
                name: file.name, contents: Digest.hash(bytes), references: [])
            let text = LoweredGraph.Text(path: path, bytes: bytes)
            texts[file] = text
            return text
        } catch { throw .badName(file.name, error) }
    }

    /// The fixed-output derivation that downloads `source`.
    private mutating func download(_ source: Source) throws(RecipesError) -> LoweredGraph.Item {
        if let item = downloads[source] { return item }
        let name = source.storeName
        var draft = DerivationDraft(name: name, system: "builtin", outputs: ["out"])
        draft.builder = "builtin:fetchurl"
        draft.fixed = source.digest
        draft.environment = [
            "name": name, "outputHash": source.digest.base16,
            "outputHashAlgo": source.digest.algorithm.rawValue, "outputHashMode": "flat",
            "preferLocalBuild": "1", "stage": "fetch",
        ]
        if source.mirrors.isEmpty {
            draft.environment["url"] = source.url
        } else {
            draft.environment["urls"] = ([source.url] + source.mirrors).joined(separator: " ")
        }
        if let size = source.size { draft.environment["size"] = String(size) }
        let item = try finish(draft)
        downloads[source] = item
        return item
    }

    private mutating func finish(_ draft: DerivationDraft) throws(RecipesError)
        -> LoweredGraph.Item
    {
        do {
            let derivation = try draft.derivation(in: store)
                .filledIn(inputHashes: hashes, in: store)
            let file = try derivation.file(in: store)
            hashes[file.path] = try derivation.quotientHash(inputHashes: hashes, in: store)
            let item = LoweredGraph.Item(
                path: file.path, text: file.text, derivation: derivation)
            items.append(item)
            return item
        } catch { throw .notADerivation(package: draft.name, error) }
    }
}
