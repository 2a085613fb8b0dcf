import Synchronization

/// Who has the terminal: of builds that fail at the same time, one gets a shell.
final class TerminalUse: Sendable {
    private let isTaken = Atomic(false)

    /// Takes the terminal; `false` when somebody has it.
    func take() -> Bool { !isTaken.exchange(true, ordering: .acquiring) }

    /// Gives it back.
    func leave() { isTaken.store(false, ordering: .releasing) }
}
