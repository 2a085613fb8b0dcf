import Giving
import Primitives
import StoreModel
import Synchronization

/// Shows on standard error how far a copy is. Events come from several threads at once.
final class GivingDisplay: Sendable {
    private struct State {
        var total = 0
        var done = 0
        var narSize: UInt64 = 0
        var narDone: UInt64 = 0
        var sent: UInt64 = 0
        var signed = 0
        var hasBar = false
    }

    private let state = Mutex(State())
    private let output: CommandOutput
    private let url: String

    /// - Parameter url: where the copy goes, without credentials.
    init(_ output: CommandOutput, url: String) {
        self.output = output
        self.url = url
    }

    /// Takes in an event and shows it.
    func handle(_ event: GivingEvent) {
        state.withLock { state in
            switch event {
            case .planned(let count, let narSize, let present):
                (state.total, state.narSize) = (count, narSize)
                let paths = count == 1 ? "path" : "paths"
                say(
                    "to copy: \(count) \(paths), \(ByteCount(narSize)); \(present) there already",
                    &state)
            case .started: break
            case .finished(let info, let size):
                state.done += 1
                state.narDone.addSaturating(info.narSize)
                state.sent.addSaturating(size)
                draw(info.path.name, &state)
            case .signed: state.signed += 1
            case .remark(let text): say(text, &state)
            }
        }
    }

    /// Removes the bar, and tells what was done.
    func finish() {
        state.withLock { state in
            let signed = state.signed > 0 ? ", \(state.signed) others signed" : ""
            guard state.done > 0 || state.signed > 0 else { return clear(&state) }
            say(
                "copied \(state.done) \(state.done == 1 ? "path" : "paths"), "
                    + "\(ByteCount(state.narDone)) in \(ByteCount(state.sent)), to '\(url)'\(signed)",
                &state)
        }
    }

    private func say(_ text: String, _ state: inout State) {
        clear(&state)
        write(StyledText(text) + "\n")
    }

    private func draw(_ name: String, _ state: inout State) {
        guard output.isTerminal, output.size().rows > 0 else { return }
        clear(&state)
        let line =
            "\(state.done) of \(state.total) copied, \(ByteCount(state.narDone)) of "
            + "\(ByteCount(state.narSize))  \(name)"
        write(StyledText(String(line.prefix(max(1, output.columns - 1)))) + "\n")
        state.hasBar = true
    }

    private func clear(_ state: inout State) {
        guard state.hasBar else { return }
        write(.cursorUp(1) + .clearedBelow)
        state.hasBar = false
    }

    private func write(_ text: StyledText) {
        // What is shown is no answer: the work goes on when nobody can be told.
        try? output.write(text)
    }
}
