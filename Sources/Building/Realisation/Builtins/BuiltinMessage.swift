/// A line that a builtin's child prints for its parent rather than for people.
enum BuiltinMessage: Hashable {
    /// How far it is, in bytes; a total of 0 is unknown.
    case progress(done: UInt64, total: UInt64)
    /// Where the file came from.
    case origin(url: String)

    private static let prefix = "@nodeos "

    /// The line, without a newline.
    var line: String {
        switch self {
        case .progress(let done, let total): "\(Self.prefix)progress \(done) \(total)"
        case .origin(let url): "\(Self.prefix)origin \(url)"
        }
    }

    /// The message that `line` spells; `nil` for a line for people.
    init?(line: [UInt8]) {
        guard line.starts(with: Self.prefix.utf8) else { return nil }
        let words = String(decoding: line, as: UTF8.self).split(separator: " ")
        switch (words.dropFirst().first, words.count) {
        case ("progress", 4):
            guard let done = UInt64(words[2]), let total = UInt64(words[3]) else { return nil }
            self = .progress(done: done, total: total)
        case ("origin", 3): self = .origin(url: String(words[2]))
        default: return nil
        }
    }
}
