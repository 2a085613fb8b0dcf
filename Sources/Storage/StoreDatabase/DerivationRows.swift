package import StoreModel

/// What a database records of one valid derivation; its text says the same when all is well.
package struct DerivationRows: Hashable, Sendable {
    /// The paths that it refers to: its inputs.
    package var references: Set<StorePath>
    /// Its outputs by name, whether they are valid or not.
    package var outputs: [String: StorePath]

    /// What is recorded of a derivation with these inputs and outputs.
    package init(references: Set<StorePath> = [], outputs: [String: StorePath] = [:]) {
        self.references = references
        self.outputs = outputs
    }

    /// What is to be recorded of `derivation`.
    package init(of derivation: Derivation) {
        self.init(
            references: derivation.references, outputs: derivation.outputs.compactMapValues(\.path))
    }
}
