import LocalStore
import Primitives
import StoreModel

/// What is live and why, what is dead, or what the roots are.
struct LivenessAnswer: CommandAnswer {
    let listing: CollectionListing
    let liveness: Liveness
    let directory: StoreDirectory

    var json: JSONValue {
        switch listing {
        case .printLive:
            .object([
                "live": .array(
                    liveness.live.map { path, root in
                        .object([
                            "path": .string(directory.path(of: path)),
                            "root": .string(root.link), "kind": .string(root.kind.rawValue),
                            "rootPath": .string(directory.path(of: root.target)),
                        ])
                    })
            ])
        case .printDead: .object(["dead": .strings(liveness.dead.map(directory.path(of:)))])
        case .printRoots: RootsAnswer(roots: liveness.roots, directory: directory).json
        }
    }

    func text(for output: CommandOutput) -> String {
        switch listing {
        case .printLive:
            liveness.live.map { path, root in
                "\(directory.path(of: path)) kept by \(root)\n"
            }.joined()
        case .printDead: liveness.dead.map { directory.path(of: $0) + "\n" }.joined()
        case .printRoots:
            RootsAnswer(roots: liveness.roots, directory: directory).text(for: output)
        }
    }
}
