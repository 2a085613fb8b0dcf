import CKernel
import Glibc

/// A flag that a thread in `poll` notices: the reading end of a pipe becomes readable.
final class Cancellation: Sendable {
    private let descriptors: Ends

    private struct Ends: ~Copyable, Sendable {
        let reading: Int32
        let writing: Int32
        deinit {
            close(reading)
            close(writing)
        }
    }

    /// A flag that is not raised.
    init() throws(SandboxError) {
        var reading: Int32 = -1
        var writing: Int32 = -1
        try SystemCall.checkNegated(unsafe nodeos_pipe(&reading, &writing), "create a pipe")
        descriptors = Ends(reading: reading, writing: writing)
    }

    /// What to poll.
    var descriptor: Int32 { descriptors.reading }

    /// Raises the flag.
    func cancel() { try? SystemCall.write([0], to: descriptors.writing) }
}
