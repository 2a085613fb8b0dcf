/// A source that did not deliver, and why.
public struct DownloadAttempt: Hashable, Sendable, CustomStringConvertible {
    /// The source.
    public let url: DownloadURL
    /// How often it was asked.
    public let tries: Int
    /// Why the last try failed.
    public let failure: DownloadFailure

    /// One line for people.
    public var description: String {
        "\(url): \(failure)" + (tries > 1 ? " (tried \(tries) times)" : "")
    }
}
