import LocalStore
import Primitives
import StoreModel

/// Links and what they keep.
struct RootsAnswer: CommandAnswer {
    let roots: [StoreRoot]
    let directory: StoreDirectory

    var json: JSONValue {
        .object([
            "roots": .array(
                roots.map { root in
                    .object([
                        "link": .string(root.link),
                        "path": .string(directory.path(of: root.target)),
                        "kind": .string(root.kind.rawValue),
                    ])
                })
        ])
    }

    func text(for output: CommandOutput) -> String {
        roots.map { "\($0.link.oneLine) -> \(directory.path(of: $0.target))\n" }.joined()
    }
}
