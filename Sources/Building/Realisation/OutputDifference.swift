public import Archives
public import StoreModel

/// An output that two builds of one derivation made differently.
public struct OutputDifference: Hashable, Sendable, CustomStringConvertible {
    /// The output.
    public let output: StorePath
    /// Where the first tree lies on this machine: the valid path, or an earlier round's.
    public let first: String
    /// Where the second tree lies, its name ending in `.check`; `nil` when it was not kept.
    public let second: String?
    /// The first places where they differ.
    public let differences: [TreeDifference]
    /// In how many places they differ.
    public let count: Int

    /// The lines a user reads, after "derivation X may not be deterministic".
    public var description: String {
        var lines = ["output '\(output)' differs:"]
        lines += differences.map { "  \($0)" }
        if count > differences.count { lines.append("  and \(count - differences.count) more") }
        if count == 0 {
            // The hash differs from the database's, the bytes do not from the file system's.
            lines.append(
                "  not in its files: the valid path was changed after it was registered")
        }
        if let second {
            lines.append("compare them: diffoscope '\(first)' '\(second)'")
        }
        return lines.joined(separator: "\n  ")
    }
}
