/// Why a text is not JSON (RFC 8259).
public struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Where in the text, in bytes from 0.
    public let offset: Int
    /// The line, from 1.
    public let line: Int
    /// What is wrong there.
    public let reason: String

    /// The sentence a user reads.
    public var description: String { "line \(line), offset \(offset): \(reason)" }
}
