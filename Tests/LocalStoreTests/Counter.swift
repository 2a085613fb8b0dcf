import Synchronization

/// How many are inside at a time.
final class Counter: Sendable {
    private let inside = Atomic(0)

    /// Goes in, and says how many are now.
    func enter() -> Int { inside.add(1, ordering: .sequentiallyConsistent).newValue }

    /// Whether somebody is inside.
    var isOccupied: Bool { inside.load(ordering: .sequentiallyConsistent) > 0 }

    /// Goes out.
    func leave() { inside.subtract(1, ordering: .sequentiallyConsistent) }
}
