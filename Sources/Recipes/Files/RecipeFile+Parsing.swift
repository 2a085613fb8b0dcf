import Primitives
import StoreModel
import TOML

extension RecipeFile {
    /// A recipe from the text of its file.
    ///
    /// - Parameters:
    ///   - bytes: the text.
    ///   - file: what messages call it.
    ///   - cpu: the processor whose differences count.
    /// - Throws: ``RecipeFileError`` with all that is wrong with it.
    package init(parsing bytes: [UInt8], file: String, for cpu: CPU) throws(RecipeFileError) {
        let value: TOMLValue
        do { value = try TOMLValue.parsing(bytes) } catch {
            throw RecipeFileError(
                file: file,
                problems: [
                    RecipeProblem(
                        at: error.place,
                        "not TOML: \(error.reason.replacing("Error while parsing ", with: ""))")
                ])
        }
        var reader = TableReader(value.merged(for: cpu))
        let recipe = Self.read(&reader)
        reader.finish()
        guard let recipe, reader.problems.isEmpty else {
            throw RecipeFileError(file: file, problems: reader.problems)
        }
        self = recipe
    }

    private static func read(_ reader: inout TableReader) -> RecipeFile? {
        _ = reader.value("processor")
        let extends = reader.text("extends")
        let name = reader.requiredText("name", "\"hello\"")
        let isWhole = extends == nil
        let version =
            isWhole ? reader.requiredText("version", "\"1.0\"") : reader.text("version")
        let summary =
            isWhole
            ? reader.requiredText("summary", "\"what it is, in one line\"") : reader.text("summary")
        var about = PackageAbout()
        about.licence = reader.text("licence")?.value
        about.homepage = reader.text("homepage")?.value
        about.supplier = reader.text("supplier")?.value
        let toolchain = reader.value("toolchain").flatMap { self.toolchain($0, &reader) }
        let tools = inputs("tools", &reader)
        for output in tools.compactMap(\.output) where output.value != "out" {
            reader.note(
                "programs of tools are found in the output 'out'; name another among the inputs",
                at: output.place)
        }
        let inputs = inputs("inputs", &reader)
        let outputs = outputs(&reader)
        let sources = reader.list("sources").compactMap { source($0, &reader) }
        let patches = reader.texts("patches")
        let variables = reader.table("variables").map { self.variables($0, &reader) } ?? []
        var build = reader.table("build").flatMap { self.build($0, &reader) }
        if isWhole, build == nil, reader.value("build") == nil {
            reader.note(
                "the table 'build' is missing; write [build] and system = \"autotools\", or script = "
                    + "\"build.sh\"", at: reader.place)
        }
        if isWhole, build?.namesSystem == false { build?.system = .script }
        if let build, build.system == .script, isWhole, build.script == nil {
            reader.note(
                "the table 'build' names neither system nor script; write system = \"autotools\", "
                    + "\"make\", \"meson\" or \"copy\", or script = \"build.sh\"",
                at: reader.keys.first { $0.key == "build" }?.place ?? reader.place)
        }
        let check = reader.table("check").flatMap { self.check($0, &reader) }
        let references = reader.texts("disallowed-references")
        let requisites = reader.texts("disallowed-requisites")
        guard let name else { return nil }
        return RecipeFile(
            name: name, version: version, summary: summary, about: about, extends: extends,
            toolchain: toolchain, tools: tools, inputs: inputs, outputs: outputs, sources: sources,
            patches: patches, variables: variables, build: build, check: check,
            disallowedReferences: references, disallowedRequisites: requisites)
    }

    private static func toolchain(_ value: TOMLValue, _ reader: inout TableReader) -> Toolchain? {
        guard case .table = value.content else {
            return reader.text(value).map { Toolchain(recipe: $0, shell: "bin/bash") }
        }
        var table = TableReader(value)
        let recipe = table.requiredText("recipe", "\"seeds\"")
        let shell = table.text("shell")
        if let shell, !shell.value.isPlainRelative {
            table.note("a shell is named as it lies in its package: \"bin/sh\"", at: shell.place)
        }
        table.finish()
        reader.note(table.problems)
        return recipe.map { Toolchain(recipe: $0, shell: shell?.value ?? "bin/bash") }
    }

    private static func inputs(_ key: String, _ reader: inout TableReader) -> [Input] {
        reader.list(key).compactMap { value in
            guard case .table = value.content else {
                return reader.text(value).map { Input(recipe: $0) }
            }
            var table = TableReader(value)
            let input = input(&table)
            table.finish()
            reader.note(table.problems)
            return input
        }
    }

    /// A recipe and one of its outputs.
    static func input(_ table: inout TableReader) -> Input? {
        let recipe = table.requiredText("recipe", "\"zlib-final\"")
        let output = table.text("output")
        return recipe.map { Input(recipe: $0, output: output) }
    }

    private static func outputs(_ reader: inout TableReader) -> [Placed<String>]? {
        let outputs = reader.texts("outputs")
        guard let value = reader.value("outputs") else { return nil }
        var seen: [String: TOMLPlace] = [:]
        for output in outputs {
            if let first = seen[output.value] {
                reader.note(
                    "two outputs are named '\(output.value)'; the other stands in line \(first.line)",
                    at: output.place)
            }
            seen[output.value] = seen[output.value] ?? output.place
            let isName = output.value.utf8.allSatisfy {
                (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5f
            }
            if !isName || output.value.first?.isLetter != true {
                reader.note(
                    "'\(output.value)' is no name of an output: small letters, then digits and '_'",
                    at: output.place)
            }
        }
        if !outputs.contains(where: { $0.value == "out" }) {
            reader.note("one of the outputs must be named 'out'", at: value.place)
        }
        return outputs
    }
}

extension TOMLValue {
    /// The table with what `[processor.CPU]` says in the place of what stands above it.
    fileprivate func merged(for cpu: CPU) -> TOMLValue {
        guard case .table(let entries) = content,
            case .table(let processors) = entries.first(where: { $0.key == "processor" })?.value
                .content
        else { return self }
        let unknown = processors.filter { CPU(rawValue: $0.key) == nil }
        // An unknown processor stays, and is an unknown key.
        guard unknown.isEmpty else {
            return TOMLValue(.table(entries.filter { $0.key != "processor" } + unknown), at: place)
        }
        return processors.first { $0.key == cpu.rawValue }.map { merged(with: $0.value) } ?? self
    }

    private func merged(with other: TOMLValue) -> TOMLValue {
        guard case .table(var entries) = content, case .table(let others) = other.content else {
            return other
        }
        for entry in others {
            if let index = entries.firstIndex(where: { $0.key == entry.key }) {
                entries[index] = TOMLEntry(
                    entry.key, at: entry.place, entries[index].value.merged(with: entry.value))
            } else {
                entries.append(entry)
            }
        }
        return TOMLValue(.table(entries), at: place)
    }
}
