import Primitives
import StoreModel

/// A derivation while its parts are collected, in plain text.
struct DerivationDraft {
    let name: String
    var system: String
    let outputs: [String]
    var builder = ""
    var arguments: [String] = []
    var environment: [String: String] = [:]
    var inputDerivations: [StorePath: Set<String>] = [:]
    var inputSources: Set<StorePath> = []
    /// The digest of the one output's bytes, for a download.
    var fixed: Digest?

    init(name: String, system: String, outputs: [String]) {
        self.name = name
        self.system = system
        self.outputs = outputs
    }

    /// The derivation; outputs have no path yet, unless it is fixed by their content.
    func derivation(in store: StoreDirectory) throws(DerivationError) -> Derivation {
        var kinds: [String: DerivationOutput] = [:]
        for output in outputs { kinds[output] = .deferred }
        if let fixed {
            do {
                let path = try store.fixedOutputPath(name: name, method: .flat, digest: fixed)
                kinds["out"] = .fixed(path, method: .flat, digest: fixed)
            } catch { throw .badPath(field: "name", error) }
        }
        return Derivation(
            name: name, outputs: kinds, inputDerivations: inputDerivations,
            inputSources: inputSources, system: ByteString(system), builder: ByteString(builder),
            arguments: arguments.map { ByteString($0) },
            environment: Dictionary(
                uniqueKeysWithValues: environment.map { (ByteString($0.key), ByteString($0.value)) }
            ))
    }
}
