import ArgumentParser
import LocalStore
import StoreModel

/// Two derivations, to be compared.
struct DerivationPair: ParsableArguments {
    @Argument(help: "The derivation as it was.", completion: .recipesOrFiles)
    var first: String
    @Argument(help: "The derivation as it is now.", completion: .recipesOrFiles)
    var second: String

    /// Their paths.
    func paths(in store: LocalStore, _ context: CommandContext) throws -> (StorePath, StorePath) {
        let argument = StoreArgument(store, context)
        return (try argument.path(first), try argument.path(second))
    }
}
