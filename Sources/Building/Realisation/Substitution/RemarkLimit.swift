import Synchronization

/// Lets through some lines of a kind that may come a thousand times, and at the end the number of the
/// others.
final class RemarkLimit: Sendable {
    private let count = Mutex(0)
    private let output: @Sendable (String) -> Void

    /// How many lines are shown.
    private static let shown = 10

    init(_ output: @escaping @Sendable (String) -> Void) { self.output = output }

    func say(_ line: String) {
        let number = count.withLock { count in
            count += 1
            return count
        }
        if number <= Self.shown { output(line) }
    }

    func finish() {
        let more = count.withLock { $0 } - Self.shown
        if more > 0 { output("and \(more) more such lines") }
    }
}
