/// The stage of the bootstrap that a derivation belongs to: the value of its variable `stage`.
package struct GraphStage: Hashable, Sendable, Comparable {
    /// The stage as the derivation spells it.
    package let name: String

    /// The stages of the package graph, from the first to the last.
    package static let known = ["seed", "boot", "final", "system", "check"]

    /// A stage. One with a digit at its end (`boot0`) belongs to the stage without it.
    package init(_ name: String) {
        let stem = name.prefix { !$0.isNumber }
        self.name = Self.known.contains(String(stem)) ? String(stem) : name
    }

    /// The place in ``known``; behind all of them for any other stage.
    package var position: Int { Self.known.firstIndex(of: name) ?? Self.known.count }

    /// Whether it is one of ``known``.
    package var isKnown: Bool { position < Self.known.count }

    /// In the order of the bootstrap; others after it, by name.
    package static func < (left: GraphStage, right: GraphStage) -> Bool {
        (left.position, left.name) < (right.position, right.name)
    }
}
