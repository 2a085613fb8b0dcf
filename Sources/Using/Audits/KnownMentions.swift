import Primitives
import StoreModel

/// What a person has looked at and found to lead back to nothing, with the reason: `known-mentions.json`,
/// which the program carries. Whatever is not listed there counts against the verdict.
struct KnownMentions: Sendable {
    /// One judgement.
    private struct Entry {
        /// The beginning of the store path's name: the package, with its stage.
        let package: String
        /// The path that is mentioned, or of the file with a seed's bytes; a `*` at the end stands
        /// for anything.
        let pattern: String
        let reason: String

        func matches(_ output: StorePath, _ text: String) -> Bool {
            guard output.name == package || output.name.hasPrefix(package + "-") else {
                return false
            }
            return pattern.hasSuffix("*") ? text.hasPrefix(pattern.dropLast()) : text == pattern
        }
    }

    private let paths: [Entry]
    private let files: [Entry]

    /// The list that the program carries.
    static func embedded() throws(AuditError) -> KnownMentions {
        try KnownMentions(parsing: PackageResources.known_mentions_json)
    }

    /// A list from its JSON: `plainPaths` and `seedBytes`, each a list of records with `package`,
    /// `pattern` and `reason`.
    init(parsing bytes: [UInt8]) throws(AuditError) {
        let json: JSONValue
        do { json = try JSONValue(parsing: bytes) } catch { throw .badKnowledge("\(error)") }
        func entries(_ key: String) throws(AuditError) -> [Entry] {
            guard let list = json[key]?.array else { throw .badKnowledge("no list '\(key)'") }
            var entries: [Entry] = []
            for record in list {
                guard let package = record["package"]?.string, !package.isEmpty,
                    let pattern = record["pattern"]?.string, !pattern.isEmpty,
                    let reason = record["reason"]?.string, !reason.isEmpty
                else {
                    throw .badKnowledge("an entry of '\(key)' lacks package, pattern or reason")
                }
                entries.append(Entry(package: package, pattern: pattern, reason: reason))
            }
            return entries
        }
        paths = try entries("plainPaths")
        files = try entries("seedBytes")
    }

    /// Why `finding` leads back to nothing; `nil` when nobody has said so.
    func explanation(of finding: SeedFinding) -> String? {
        switch finding.kind {
        case .plainPath(let text):
            paths.first { $0.matches(finding.output, text) }?.reason
        // Two who install one source have the same texts; two who compile it have not the same
        // programs.
        case .seedBytes(_, _, isText: true):
            files.first { $0.matches(finding.output, finding.file.description) }?.reason
        default: nil
        }
    }
}
