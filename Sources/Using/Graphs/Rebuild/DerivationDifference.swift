/// One thing that two derivations state differently.
package struct DerivationDifference: Hashable, Sendable {
    /// What kind of thing.
    package enum Field: String, Sendable {
        /// The derivation's name.
        case name
        /// The system it is built on.
        case system
        /// The builder's program.
        case builder
        /// The builder's arguments.
        case arguments
        /// A variable of the builder's environment.
        case variable
        /// An output: its name, or the hash that is fixed for it.
        case output
        /// Derivations that only one of the two has among its inputs, or other outputs of one.
        case inputs
        /// A source: its content, or that only one of the two has it.
        case source
    }

    /// What kind of thing.
    package let field: Field
    /// Which one: the name of the variable, output or source; empty where there is one only.
    package let key: String
    /// What only the first states: words, or lines of a text.
    package let removed: [String]
    /// What only the second states.
    package let added: [String]
}
