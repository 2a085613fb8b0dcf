/// Something that a collector deletes.
public struct CollectedItem: Hashable, Sendable {
    /// Its name in the store directory.
    public let name: String
    /// The size of its NAR in bytes; of a leftover, of the files in it.
    public let size: UInt64
    /// Whether it was a valid path; else a leftover of a process that was killed.
    public let isValid: Bool

    /// An item from its parts.
    public init(name: String, size: UInt64, isValid: Bool) {
        self.name = name
        self.size = size
        self.isValid = isValid
    }
}
