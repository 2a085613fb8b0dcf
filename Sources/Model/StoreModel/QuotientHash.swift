public import Primitives

/// What a derivation counts as when it is an input of another: "hash modulo"
/// (`docs/formats/derivation.md`).
///
/// For a fixed output it depends only on the content and path, so that another mirror changes
/// nothing downstream; otherwise it is the hash of the text with each input replaced by its own
/// quotient hash.
public enum QuotientHash: Hashable, Sendable {
    /// Known.
    case digest(Digest)
    /// Not known before an input is built (floating or impure outputs somewhere below).
    case deferred
}
