import LocalStore
import Primitives
import StoreModel

/// What was or would be deleted.
struct CollectionAnswer: CommandAnswer {
    let items: [CollectedItem]
    let directory: StoreDirectory
    let isDryRun: Bool

    private var size: UInt64 { items.map(\.size).saturatingSum }

    /// One line for people.
    var summary: String {
        let leftovers = items.count { !$0.isValid }
        let paths = items.count - leftovers
        return (isDryRun ? "would delete " : "deleted ")
            + "\(paths) \(paths == 1 ? "path" : "paths")"
            + (leftovers == 0 ? "" : " and \(leftovers) left by killed processes")
            + ", \(ByteCount(size))"
    }

    var json: JSONValue {
        .object([
            "dryRun": .bool(isDryRun),
            "size": .count(size),
            "items": .array(
                items.map {
                    .object([
                        "path": .string("\(directory)/\($0.name)"), "size": .count($0.size),
                        "valid": .bool($0.isValid),
                    ])
                }),
        ])
    }

    func text(for output: CommandOutput) -> String {
        items.map { "\(directory)/\($0.name)\n" }.joined()
    }
}
