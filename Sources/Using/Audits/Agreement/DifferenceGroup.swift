package import StoreModel

/// A derivation whose outputs differ although nothing that it was built from is known to, and what
/// differs after it.
package struct DifferenceGroup: Sendable {
    /// The derivation; `nil` for a path of which no side tells one.
    package let deriver: StorePath?
    /// Its outputs that differ, sorted; at least one.
    package internal(set) var outputs: [StorePath]
    /// What it was built from that could not be compared, sorted: the difference may come from
    /// there.
    package internal(set) var uncomparedInputs: [StorePath]
    /// The outputs that differ and are built from these, directly or not, in the order of the
    /// graph. Each is in one group only, though it may follow from several.
    package internal(set) var consequences: [StorePath] = []
}
