import Primitives
import Realisation
import StoreModel

/// What builds take from outside: a line each, then the sum.
struct SourcesAnswer: CommandAnswer {
    let sources: [SourceFile]
    let store: StoreDirectory
    /// Whether URLs are printed whole, with passwords and tokens.
    let showsCredentials: Bool

    private func urls(_ source: SourceFile) -> [String] {
        showsCredentials ? source.urls : source.urls.map { URLRedaction.redact($0) }
    }

    var json: JSONValue {
        .object([
            "sources": .array(
                sources.map { source in
                    .object([
                        "name": .string(source.output.name),
                        "derivation": .string(store.path(of: source.derivation)),
                        "output": .string(store.path(of: source.output)),
                        "urls": .strings(urls(source)),
                        "hash": .string(source.digest.sri),
                        "method": .string(source.method == .flat ? "flat" : "recursive"),
                        "mirrorPath": .optional(source.mirrorPath),
                        "size": source.size.map { .count($0) } ?? .null,
                        "valid": .bool(source.isPresent),
                    ])
                }),
            "size": .count(total),
        ])
    }

    func text(for output: CommandOutput) -> String {
        var lines = sources.map { source in
            let size = source.size.map { "\($0)" } ?? "?"
            let urls = urls(source).joined(separator: " ")
            return "\(source.digest.sri)  \(size)  \(source.output.name)  \(urls)\n"
        }
        let missing = sources.count { !$0.isPresent }
        let unknown = sources.count { $0.size == nil }
        lines.append(
            "\(sources.count) sources, \(ByteCount(total))"
                + (unknown > 0 ? " and \(unknown) of unknown size" : "")
                + (missing > 0 ? "; \(missing) not fetched yet\n" : "; all are here\n"))
        return lines.joined()
    }

    private var total: UInt64 { sources.compactMap(\.size).saturatingSum }
}
