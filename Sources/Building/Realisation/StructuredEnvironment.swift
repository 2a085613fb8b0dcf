import Primitives

/// The two files in which a builder finds structured attributes, since they do not fit into an
/// environment: the JSON text itself, and declarations for Bash.
///
/// The format is Nix's: <https://nix.dev/manual/nix/latest/language/advanced-attributes>.
enum StructuredEnvironment {
    /// The files by name, for the build directory.
    ///
    /// - Parameter attributes: with `outputs` and what `exportReferencesGraph` asks for filled in.
    static func files(_ attributes: [String: JSONValue]) -> [String: [UInt8]] {
        [
            ".attrs.json": JSONValue.object(attributes).nixText()
                ?? JSONValue.object(attributes).text(isPretty: false),
            ".attrs.sh": Array(declarations(attributes).utf8),
        ]
    }

    /// A `declare` for each attribute that Bash can hold: texts, whole numbers, truth values, and
    /// lists and records of them. Whoever needs the others reads the JSON.
    private static func declarations(_ attributes: [String: JSONValue]) -> String {
        let sorted = attributes.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        return sorted.map { name, value in
            guard ShellWord.isVariableName(name) else { return "" }
            switch value {
            case .array(let items):
                let words = items.compactMap(word)
                guard words.count == items.count else { return "" }
                return "declare -a \(name)=(\(words.map { "\($0) " }.joined()))\n"
            case .object(let members):
                let entries = members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
                    .compactMap { key, value in word(value).map { "[\(quoted(key))]=\($0) " } }
                guard entries.count == members.count else { return "" }
                return "declare -A \(name)=(\(entries.joined()))\n"
            default: return word(value).map { "declare \(name)=\($0)\n" } ?? ""
            }
        }.joined()
    }

    private static func word(_ value: JSONValue) -> String? {
        switch value {
        case .string(let text): quoted(text)
        case .integer(let number): "\(number)"
        case .number(let number): Int64(exactly: number).map { "\($0)" }
        case .null: "''"
        case .bool(let flag): flag ? "1" : ""
        case .array, .object, .entries: nil
        }
    }

    private static func quoted(_ text: String) -> String {
        ShellWord.quoted(ByteString(text)).description
    }
}
