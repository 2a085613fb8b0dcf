/// Why a text is not a narinfo.
public enum NarInfoError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A line (from 1) cannot be used: trusting the rest would mean guessing.
    case line(Int, reason: String)
    /// A key that every narinfo has is missing.
    case missing(key: String)
    /// The text is larger than a narinfo may be, in bytes.
    case tooLarge(Int)

    /// The sentence a user reads.
    public var description: String {
        switch self {
        case .line(let number, let reason): "narinfo, line \(number): \(reason)"
        case .missing(let key): "the narinfo has no \(key)"
        case .tooLarge(let count):
            "the narinfo has \(count) bytes; at most \(NarInfo.maximumCount) are read"
        }
    }
}
