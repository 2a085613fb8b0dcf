/// A piece of a report, whatever it is printed as.
indirect enum ReportBlock: Sendable {
    /// The title of what follows.
    case heading(String)
    /// Some sentences.
    case text(String)
    /// The names of the columns, and rows of as many cells.
    case table([String], [[String]])
    /// Lines to be shown as they are.
    case lines([String])
    /// What only those want to see who ask.
    case details(String, [ReportBlock])
    /// An SVG picture, and what it shows.
    case picture([UInt8], String)
}
