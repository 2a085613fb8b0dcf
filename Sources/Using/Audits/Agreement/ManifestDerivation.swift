public import StoreModel

/// What a manifest tells of a derivation: enough to follow a difference along the graph.
public struct ManifestDerivation: Hashable, Sendable {
    /// The store paths of its outputs by name.
    public var outputs: [String: StorePath]
    /// The store paths it was built from: outputs of other derivations and sources, sorted.
    public var inputs: [StorePath]

    /// A derivation from its parts.
    public init(outputs: [String: StorePath], inputs: [StorePath]) {
        self.outputs = outputs
        self.inputs = inputs
    }
}
