import Primitives

/// An answer of store paths in full, one a line; in JSON the record `{"paths": […]}`.
struct PathsAnswer: CommandAnswer {
    let paths: [String]

    var json: JSONValue { .object(["paths": .strings(paths)]) }

    func text(for output: CommandOutput) -> String { paths.map { $0 + "\n" }.joined() }
}
