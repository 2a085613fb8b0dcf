import Graphs
import Primitives
import StoreModel

/// What `size --dominators` answers.
struct DominatorsAnswer: CommandAnswer {
    let sizes: RetainedSizes
    let maximumDepth: Int?
    let directory: StoreDirectory

    /// A list and not a tree: readers need not follow any depth.
    var json: JSONValue {
        let order = sizes.items.sorted { ($1.retained, $0.path) < ($0.retained, $1.path) }
        return .object([
            "total": .count(sizes.total),
            "paths": .array(
                order.map { item in
                    .object([
                        "path": .string(directory.path(of: item.path)),
                        "narSize": .count(item.size), "retainedSize": .count(item.retained),
                        "dominator": .optional(
                            item.parent.map { directory.path(of: sizes.items[$0].path) }),
                    ])
                }),
        ])
    }

    func text(for output: CommandOutput) -> String {
        var table = TextTable(["retained", "self", "path"], rightAligned: [0, 1])
        // An explicit stack: a tree may be deeper than a thread's.
        var stack: [(index: Int, depth: Int, prefix: String, isLast: Bool)] =
            sizes.roots.reversed().map { ($0, 0, "", true) }
        while let (index, depth, prefix, isLast) = stack.popLast() {
            let item = sizes.items[index]
            let branch = depth == 0 ? "" : isLast ? "└───" : "├───"
            let hides = maximumDepth.map { depth >= $0 } ?? false
            let hidden = hides && !item.children.isEmpty ? " [\(item.children.count) more]" : ""
            table.add([
                "\(ByteCount(item.retained))", "\(ByteCount(item.size))",
                prefix + branch + directory.path(of: item.path) + hidden,
            ])
            if hides { continue }
            let inner = depth == 0 ? "" : TreeIndent.below(prefix, isLast: isLast)
            for (place, child) in item.children.enumerated().reversed() {
                stack.append((child, depth + 1, inner, place == item.children.count - 1))
            }
        }
        return table.text
    }
}
