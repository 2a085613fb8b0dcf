package import Primitives
package import StoreModel

/// What an audit of seeds is about: what it searches for, and where.
package struct SeedAuditScope: Sendable {
    /// The outputs of the derivations that were named.
    package let goals: Set<StorePath>
    /// The downloads that seeds are made of, with the digest that fixes each.
    package let seeds: [StorePath: Digest]
    /// Everything that must not be reached.
    package let forbidden: Set<StorePath>
    /// What is looked into, with the hash of its bytes.
    package let outputs: [StorePath: Digest]

    /// A scope from its parts.
    package init(
        goals: Set<StorePath>, seeds: [StorePath: Digest], forbidden: Set<StorePath>,
        outputs: [StorePath: Digest]
    ) {
        self.goals = goals
        self.seeds = seeds
        self.forbidden = forbidden
        self.outputs = outputs
    }
}
