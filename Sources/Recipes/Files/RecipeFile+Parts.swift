import Primitives
import StoreModel
import TOML

extension RecipeFile {
    /// A source: where it is and what it must be, or a file beside the recipe.
    static func source(_ value: TOMLValue, _ reader: inout TableReader) -> SourceEntry? {
        var table = TableReader(value)
        defer { reader.note(table.problems) }
        guard case .table = value.content else { return nil }
        if let file = table.text("file") {
            table.finish()
            return .file(file)
        }
        let download = download(&table)
        table.finish()
        return download.map { .download($0) }
    }

    /// A download.
    static func download(_ table: inout TableReader) -> Source? {
        let urls = table.texts("urls")
        let hash = table.text("hash")
        let size = table.value("size")
        let name = table.text("name")
        guard let first = urls.first else {
            table.note(
                "a source needs urls = [\"…\"] and a hash, or file = \"…\" in the recipe's folder",
                at: table.place)
            return nil
        }
        for url in urls {
            if url.value.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7f })
                || !url.value.contains("://")
            {
                table.note(
                    "'\(url.value)' is no URL; a file in the recipe's folder is named as file = \"…\"",
                    at: url.place)
            }
        }
        var bytes: Int64?
        if let size {
            guard case .integer(let count) = size.content, count >= 0 else {
                table.note("a size is a whole number of bytes", at: size.place)
                return nil
            }
            bytes = count
        }
        guard let hash, let digest = digest(hash, at: table.place, &table) else {
            if hash == nil {
                table.note(
                    "the key 'hash' is missing; 'nodeos-store recipe update' fills in hash = \"\"",
                    at: table.place)
            }
            return nil
        }
        var source = Source(url: first.value, digest: digest, size: bytes)
        source.mirrors = urls.dropFirst().map(\.value)
        if let name {
            do { try StorePath.check(name: name.value) } catch {
                table.note(
                    "'\(name.value)' cannot be a name in the store: \(error)", at: name.place)
            }
            source.name = name.value
        }
        return source
    }

    private static func digest(
        _ hash: Placed<String>, at place: TOMLPlace, _ table: inout TableReader
    ) -> Digest? {
        guard !hash.value.isEmpty else {
            table.note(
                "the hash is not there yet; 'nodeos-store recipe update' downloads the file and fills "
                    + "it in", at: hash.place)
            return nil
        }
        do {
            let digest = try Digest(parsing: hash.value)
            guard [.sha256, .sha512].contains(digest.algorithm) else {
                table.note(
                    "\(digest.algorithm.rawValue) no longer tells files apart; use sha256 or sha512",
                    at: hash.place)
                return nil
            }
            return digest
        } catch {
            if case .missingAlgorithm = error {
                table.note("\(error)", at: hash.place)
                return nil
            }
            table.note(
                "\(error); write \"sha256:\" or \"sha512:\" and the digits that 'sha256sum' prints, "
                    + "or \"sha256-…\"", at: hash.place)
            return nil
        }
    }

    /// The variables of a table, in the order of the text.
    static func variables(_ value: TOMLValue, _ reader: inout TableReader) -> [Variable] {
        TableReader(value).keys.compactMap { entry in
            let bytes = Array(entry.key.utf8)
            let isName = bytes.allSatisfy {
                (0x61...0x7a).contains($0 | 0x20) || (0x30...0x39).contains($0) || $0 == 0x5f
            }
            if !isName || bytes.first.map({ (0x30...0x39).contains($0) }) != false {
                reader.note(
                    "'\(entry.key)' is no name that a script can read: letters, digits and '_'",
                    at: entry.place)
            }
            return content(entry.value, &reader).map {
                Variable(name: Placed(entry.key, at: entry.place), value: $0)
            }
        }
    }

    /// What a variable or a word holds.
    static func content(_ value: TOMLValue, _ reader: inout TableReader) -> Content? {
        switch value.content {
        case .integer(let number): return .text("\(number)")
        case .array(let values):
            return .list(values.compactMap { content($0, &reader) })
        case .table: return tableContent(value, &reader)
        case .string, .boolean, .other: return reader.text(value).map { .text($0.value) }
        }
    }

    private static func tableContent(_ value: TOMLValue, _ reader: inout TableReader) -> Content? {
        var table = TableReader(value)
        defer { reader.note(table.problems) }
        if let file = table.text("file") {
            table.finish()
            return .file(file)
        }
        if table.value("urls") != nil {
            let source = download(&table)
            table.finish()
            return source.map { .source($0) }
        }
        let input = input(&table)
        let prefix = table.text("prefix")?.value ?? ""
        let suffix = table.text("suffix")?.value ?? ""
        table.finish()
        return input.map { .output($0, prefix: prefix, suffix: suffix) }
    }

    /// The table `build`.
    static func build(_ value: TOMLValue, _ reader: inout TableReader) -> Build? {
        var table = TableReader(value)
        var build = Build(words: [:], texts: [:], files: [])
        if let system = table.text("system") {
            build.namesSystem = true
            build.system = Build.System(rawValue: system.value)
            if build.system == nil {
                let names = Build.System.allCases.map(\.rawValue)
                let near = Suggestion.nearest(to: system.value, among: names)
                table.note(
                    "there is no build system '\(system.value)'; "
                        + (near.map { "did you mean '\($0)'?" }
                            ?? "there are: \(names.joined(separator: ", "))"),
                    at: system.place)
            }
        }
        build.script = table.text("script")
        if let script = build.script, let system = build.system, system != .script {
            table.note(
                "the build system '\(system.rawValue)' has a script of its own; leave out either",
                at: script.place)
        }
        for (key, variable) in [
            ("configure", "configureFlags"), ("options", "configureFlags"), ("make", "makeFlags"),
        ] where table.allows(key, for: build.system) {
            guard let list = table.value(key) else { continue }
            guard case .array(let values) = list.content else {
                table.note("'\(key)' is \(list.kind); write a list of words", at: list.place)
                continue
            }
            build.words[variable] = values.compactMap { word($0, &table) }
            build.options[variable] = Placed(key, at: list.place)
        }
        for (key, variable) in [("test", "testTarget"), ("folder", "sourceFolder")]
        where table.allows(key, for: build.system) {
            guard let text = table.text(key) else { continue }
            build.texts[variable] = text.value
            build.options[variable] = Placed(key, at: text.place)
        }
        if table.allows("files", for: build.system), let files = table.table("files") {
            for entry in TableReader(files).keys {
                guard let file = table.text(entry.value) else { continue }
                build.files.append(
                    CopiedFile(target: Placed(entry.key, at: entry.place), file: file))
            }
        }
        for file in build.files where !file.target.value.isPlainRelative {
            table.note(
                "'\(file.target.value)' is no path below the output", at: file.target.place)
        }
        table.finish()
        reader.note(table.problems)
        return build
    }

    /// A word; whoever thinks that variables are replaced in it is told how to say it.
    private static func word(_ value: TOMLValue, _ table: inout TableReader) -> Content? {
        let content = content(value, &table)
        if case .text(let text) = content, text.utf8.contains(0x0a) {
            table.note("a word stands on one line", at: value.place)
        }
        if case .text(let text) = content, text.contains("$out") || text.contains("${out}") {
            table.note(
                "variables are not replaced here; '@out@' stands for the path of the output",
                at: value.place)
        }
        return content
    }

    /// The options of each build system.
    static let options: [Build.System: Set<String>] = [
        .script: [], .autotools: ["configure", "make", "test", "folder"],
        .make: ["make", "test", "folder"], .meson: ["options", "test", "folder"],
        .copy: ["files"], .unpack: [],
    ]

    /// The table `check`.
    static func check(_ value: TOMLValue, _ reader: inout TableReader) -> Check? {
        var table = TableReader(value)
        let script = table.requiredText("script", "\"check.sh\"")
        let tools = table.list("tools").compactMap { table.text($0).map { Input(recipe: $0) } }
        let variables = table.table("variables").map { self.variables($0, &table) } ?? []
        table.finish()
        reader.note(table.problems)
        return script.map { Check(script: $0, tools: tools, variables: variables) }
    }
}

extension String {
    /// Whether it names something below a folder, with neither a way out nor a detour.
    var isPlainRelative: Bool {
        // By bytes: a character may hold a slash and what is written over it.
        !utf8.contains { $0 < 0x20 }
            && utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
                .allSatisfy { !$0.isEmpty && Array($0) != [0x2e] && Array($0) != [0x2e, 0x2e] }
    }
}

extension TableReader {
    /// Whether a build system has an option; one that has not is noted. A variant's is that of what it
    /// extends.
    fileprivate mutating func allows(_ key: String, for system: RecipeFile.Build.System?) -> Bool {
        guard let system, let options = RecipeFile.options[system], !options.contains(key),
            let entry = keys.first(where: { $0.key == key })
        else { return true }
        _ = value(key)
        let hint =
            options.isEmpty
            ? "; leave it out" : "; it has \(options.sorted().joined(separator: ", "))"
        note("the build system '\(system.rawValue)' has no '\(key)'\(hint)", at: entry.place)
        return false
    }
}
