import Primitives
import Realisation
import StoreModel

/// The output paths of what was asked for, in the order asked.
struct RealisedAnswer: CommandAnswer {
    let plan: BuildPlan
    let store: StoreDirectory

    var json: JSONValue {
        let goals = plan.goals.map { goal, outputs -> JSONValue in
            var derivation: JSONValue = .null
            if case .outputs(let path, _) = goal { derivation = .string(store.path(of: path)) }
            let paths = outputs.mapValues { JSONValue.string(store.path(of: $0)) }
            return .object(["derivation": derivation, "outputs": .object(paths)])
        }
        return .object(["realised": .array(goals)])
    }

    func text(for output: CommandOutput) -> String {
        plan.goals.flatMap { $0.outputs.sorted { $0.key < $1.key } }
            .map { store.path(of: $0.value) + "\n" }.joined()
    }
}
