package import TOML

/// A value of a recipe file with its place.
package struct Placed<Value: Sendable & Hashable>: Sendable, Hashable {
    /// The value.
    package let value: Value
    /// Where it stands.
    package let place: TOMLPlace

    init(_ value: Value, at place: TOMLPlace) {
        self.value = value
        self.place = place
    }
}
