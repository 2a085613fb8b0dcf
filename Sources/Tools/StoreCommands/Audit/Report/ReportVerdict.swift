/// What a report comes to.
enum ReportVerdict: Hashable, Sendable {
    /// Everything was compared and is the same, and nothing leads back to a seed.
    case good(String)
    /// Something differs, or leads back to a seed.
    case bad(String)
    /// Nothing bad was found, but not everything was looked at.
    case open(String)

    /// The word for programs, and for the style.
    var word: String {
        switch self {
        case .good: "good"
        case .bad: "bad"
        case .open: "open"
        }
    }

    /// The sentence.
    var text: String {
        switch self {
        case .good(let text), .bad(let text), .open(let text): text
        }
    }
}
