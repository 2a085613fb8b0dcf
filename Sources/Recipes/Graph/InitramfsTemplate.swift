/// What an initramfs holds: lines for the kernel's `gen_init_cpio`, with `${variable}`s, and `tree`
/// for a store path with all it holds. `initramfs.sh` fills it in; here it is judged beforehand.
package struct InitramfsTemplate: Sendable, Hashable {
    /// One line that makes something.
    package enum Entry: Sendable, Hashable {
        /// A folder.
        case directory(String)
        /// A file with the content of another.
        case file(String, from: String)
        /// A symbolic link.
        case link(String, to: String)
        /// A device.
        case device(String)
        /// A store path with all it holds.
        case tree(String)
    }

    /// The template's own name, for messages.
    package let name: String
    /// The entries with the numbers of their lines.
    package let entries: [(line: Int, entry: Entry)]
    /// The variables with the line that first names each.
    package let variables: [String: Int]

    /// Equal when they make the same things.
    package static func == (left: InitramfsTemplate, right: InitramfsTemplate) -> Bool {
        left.name == right.name && left.entries.map(\.entry) == right.entries.map(\.entry)
    }

    /// The entries.
    package func hash(into hasher: inout Hasher) { hasher.combine(entries.map(\.entry)) }

    /// The template in a file of this package.
    init(_ file: ScriptFile) throws(RecipesError) {
        try self.init(parsing: String(decoding: file.bytes, as: UTF8.self), name: file.name)
    }

    /// A template from its text.
    ///
    /// - Throws: ``RecipesError/badTemplate(name:line:reason:)`` for an unknown entry, a missing
    ///   field, a mode that is not octal, or a parent folder that no earlier line makes.
    package init(parsing text: String, name: String) throws(RecipesError) {
        var entries: [(line: Int, entry: Entry)] = []
        var variables: [String: Int] = [:]
        var folders: Set<String> = ["/"]
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() where !line.isEmpty && !line.hasPrefix("#") {
            func bad(_ reason: String) -> RecipesError {
                .badTemplate(name: name, line: index + 1, reason: reason)
            }
            let words = line.split(separator: " ").map { String($0) }
            let entry: Entry
            switch (words.first, words.count) {
            case ("dir", 5): entry = .directory(words[1])
            case ("file", 6): entry = .file(words[1], from: words[2])
            case ("slink", 6): entry = .link(words[1], to: words[2])
            case ("nod", 8): entry = .device(words[1])
            case ("tree", 2): entry = .tree(words[1])
            default: throw bad("no entry of the kind, or not with as many fields: \(line)")
            }
            if case .tree = entry {
            } else {
                guard words[1].hasPrefix("/") else {
                    throw bad("not an absolute path: \(words[1])")
                }
                let mode = words[words[0] == "dir" || words[0] == "nod" ? 2 : 3]
                guard mode.count == 4, Int(mode, radix: 8) != nil else {
                    throw bad("not a mode in four octal digits: \(mode)")
                }
                let parent = words[1].split(separator: "/").dropLast().joined(separator: "/")
                guard folders.contains("/" + parent) else {
                    throw bad("the folder /\(parent) is not made by an earlier line")
                }
                if case .directory(let path) = entry { folders.insert(path) }
            }
            for variable in Self.variables(in: line) where variables[variable] == nil {
                variables[variable] = index + 1
            }
            entries.append((index + 1, entry))
        }
        self.name = name
        self.entries = entries
        self.variables = variables
    }

    /// Refuses a template that names a variable which `environment` does not set.
    ///
    /// - Throws: ``RecipesError/unknownVariable(_:template:line:)`` for the first.
    package func check(environment: [String: Value]) throws(RecipesError) {
        for (variable, line) in variables.sorted(by: { ($0.value, $0.key) < ($1.value, $1.key) })
        where environment[variable] == nil {
            throw .unknownVariable(variable, template: name, line: line)
        }
    }

    /// The names between `${` and `}`.
    private static func variables(in line: Substring) -> [String] {
        var names: [String] = []
        var rest = line
        while let start = rest.firstIndex(of: "$") {
            rest = rest[rest.index(after: start)...]
            guard rest.hasPrefix("{"), let end = rest.firstIndex(of: "}") else { continue }
            names.append(String(rest[rest.index(after: rest.startIndex)..<end]))
            rest = rest[end...]
        }
        return names
    }
}
