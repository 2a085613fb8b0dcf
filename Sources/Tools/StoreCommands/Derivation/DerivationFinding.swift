/// Something about one `.drv` file that is not as it should be, or could not be judged.
struct DerivationFinding: Sendable {
    /// How a check ends; the greater counts.
    enum Verdict: String, Sendable {
        /// Nothing contradicts the file, but not everything could be computed.
        case inconclusive
        /// The file is not what it says.
        case different
    }

    /// The file, as found.
    let file: String
    /// What the finding says of the file.
    let verdict: Verdict
    /// Where in the file, in bytes from 0.
    var offset: Int?
    /// The sentence a user reads.
    let message: String
    /// Whether it is named though inconclusive and not verbose.
    var isAlwaysNamed = false
}

/// What a check found.
struct DerivationCheckReport: Sendable {
    /// The number of files checked.
    var checkedCount = 0
    /// The number of files with a finding that makes them different.
    var differentCount = 0
    /// The number of other files that could not be judged whole.
    var inconclusiveCount = 0
    /// Everything found, in the order of the files.
    var findings: [DerivationFinding] = []
}
