public import StoreModel

/// What a store must be given so that goals can be realised: texts first, then derivations, each
/// after everything it names.
public struct LoweredGraph: Sendable, Hashable {
    /// A text that goes into the store as it is; it names no other store path.
    public struct Text: Sendable, Hashable {
        /// Its store path, which follows from its name and bytes.
        public let path: StorePath
        /// Its bytes.
        public let bytes: [UInt8]
    }

    /// A derivation with its outputs' paths filled in.
    public struct Item: Sendable, Hashable {
        /// The path of its `.drv`.
        public let path: StorePath
        /// The bytes of its `.drv`.
        public let text: [UInt8]
        /// What they say.
        public let derivation: Derivation
    }

    /// The texts, by path.
    public let texts: [Text]
    /// The derivations, inputs first.
    public let derivations: [Item]
    /// The `.drv`s asked for, in the order they were asked for.
    public let goals: [StorePath]
}
