import Primitives

/// How the contents of two files differ, as far as can be told from the bytes.
package struct ContentDifference: Hashable, Sendable {
    /// The sizes in bytes.
    package internal(set) var sizes: [UInt64] = [0, 0]
    /// How many bytes differ, what the longer file has more included.
    package internal(set) var differingCount: UInt64 = 0
    /// From the first that differs to the end of the last; `nil` when none does.
    package internal(set) var range: Range<UInt64>?
    /// In how many runs they stand.
    package internal(set) var runCount = 0
    /// The first places, with the bytes around them.
    package internal(set) var places: [DifferingPlace] = []
    /// What was seen in the format: sections, members, headers; whole sentences.
    package internal(set) var notes: [String] = []
    /// Lines of a text that only the first file has, as far as they are shown.
    package internal(set) var removedLines: [String] = []
    /// Lines that only the second has.
    package internal(set) var addedLines: [String] = []
    /// What probably made the difference, sorted.
    package internal(set) var causes: [LikelyCause] = []
}
