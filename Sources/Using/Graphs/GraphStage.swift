/// The stage of the bootstrap that a derivation belongs to: the value of its variable `stage`.
public struct GraphStage: Hashable, Sendable, Comparable {
    /// The stage as the derivation spells it.
    public let name: String

    /// The stages of the package graph, from the first to the last.
    public static let known = ["seed", "boot", "final", "system", "check"]

    /// A stage. One with a digit at its end (`boot0`) belongs to the stage without it.
    public init(_ name: String) {
        let stem = name.prefix { !$0.isNumber }
        self.name = Self.known.contains(String(stem)) ? String(stem) : name
    }

    /// The place in ``known``; behind all of them for any other stage.
    public var position: Int { Self.known.firstIndex(of: name) ?? Self.known.count }

    /// Whether it is one of ``known``.
    public var isKnown: Bool { position < Self.known.count }

    /// In the order of the bootstrap; others after it, by name.
    public static func < (left: GraphStage, right: GraphStage) -> Bool {
        (left.position, left.name) < (right.position, right.name)
    }
}
