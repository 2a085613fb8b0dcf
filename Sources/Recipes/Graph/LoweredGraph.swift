package import StoreModel

/// What a store must be given so that goals can be realised: texts first, then derivations, each
/// after everything it names.
package struct LoweredGraph: Sendable, Hashable {
    /// A text that goes into the store as it is; it names no other store path.
    package struct Text: Sendable, Hashable {
        /// Its store path, which follows from its name and bytes.
        package let path: StorePath
        /// Its bytes.
        package let bytes: [UInt8]
    }

    /// A derivation with its outputs' paths filled in.
    package struct Item: Sendable, Hashable {
        /// The path of its `.drv`.
        package let path: StorePath
        /// The bytes of its `.drv`.
        package let text: [UInt8]
        /// What they say.
        package let derivation: Derivation
    }

    /// The texts, by path.
    package let texts: [Text]
    /// The derivations, inputs first.
    package let derivations: [Item]
    /// The `.drv`s asked for, in the order they were asked for.
    package let goals: [StorePath]
}
