import NodeosStore
import Primitives
import StoreModel

/// The output paths of what was asked for, in the order asked.
struct RealisedAnswer: CommandAnswer {
    let realised: RealisedGoals
    let store: StoreDirectory

    var json: JSONValue {
        let goals = realised.goals.map { goal -> JSONValue in
            var derivation: JSONValue = .null
            if case .outputs(let path, _) = goal.goal { derivation = .string(store.path(of: path)) }
            let paths = goal.outputs.mapValues { JSONValue.string(store.path(of: $0)) }
            return .object(["derivation": derivation, "outputs": .object(paths)])
        }
        return .object(["realised": .array(goals)])
    }

    func text(for output: CommandOutput) -> String {
        realised.paths.map { store.path(of: $0) + "\n" }.joined()
    }
}
