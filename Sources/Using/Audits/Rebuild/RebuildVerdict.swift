/// What building a derivation again showed.
package enum RebuildVerdict: Hashable, Sendable {
    /// The same bytes in every build, whatever was varied.
    case same
    /// The same bytes as long as nothing is varied; each of these sets alone makes a difference, and
    /// none of its halves does.
    case varies([[Variation]])
    /// Builds agree with each other, but not with what is valid: that was made in another way. The
    /// sets are those that make a further difference.
    case changed([[Variation]])
    /// Two builds in the same surroundings differ: time or chance.
    case notRepeatable
    /// The builder fails when these are varied (none: always); the reason.
    case failed([Variation], reason: String)

    /// The word for programs.
    package var word: String {
        switch self {
        case .same: "same"
        case .varies: "varies"
        case .changed: "changed"
        case .notRepeatable: "not-repeatable"
        case .failed: "failed"
        }
    }

    /// The verdict of a word with what belongs to it; `nil` when these make no verdict.
    init?(word: String, blame: [[Variation]], reason: String?) {
        switch (word, reason) {
        case ("same", nil) where blame.isEmpty: self = .same
        case ("varies", nil): self = .varies(blame)
        case ("changed", nil): self = .changed(blame)
        case ("not-repeatable", nil): self = .notRepeatable
        case ("failed", let reason?) where blame.count < 2:
            self = .failed(blame.first ?? [], reason: reason)
        default: return nil
        }
    }

    /// What was found to make a difference.
    package var blame: [[Variation]] {
        switch self {
        case .varies(let sets), .changed(let sets): sets
        case .failed(let set, _): set.isEmpty ? [] : [set]
        case .same, .notRepeatable: []
        }
    }
}
