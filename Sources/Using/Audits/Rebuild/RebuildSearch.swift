package import Primitives
package import StoreModel

/// Finds what a builder depends on: builds with nothing varied, then with everything, then halves what
/// made the difference until single variations are left.
package struct RebuildSearch: Sendable {
    /// How one build ended.
    package enum Outcome: Hashable, Sendable {
        /// The NAR hashes of its outputs.
        case made([StorePath: Digest])
        /// It failed; why.
        case failed(String)

        /// Whether both made the same. Failures are alike, whatever they say.
        func agrees(with other: Outcome) -> Bool {
            switch (self, other) {
            case (.failed, .failed): true
            default: self == other
            }
        }
    }

    /// What is varied, in the order it is told in.
    package let variations: [Variation]
    /// How often it is built with nothing varied, at least once.
    package let rounds: Int
    private let build: @Sendable ([Variation]) async throws -> Outcome

    /// A search.
    ///
    /// - Parameter build: builds once with these varied. When it is called with the same twice, the
    ///   second build must not begin in the same second as the first.
    package init(
        _ variations: [Variation], rounds: Int = 1,
        build: @escaping @Sendable ([Variation]) async throws -> Outcome
    ) {
        self.variations = variations
        self.rounds = rounds
        self.build = build
    }

    /// Builds until it is known.
    ///
    /// - Parameter valid: the hashes in the store.
    /// - Returns: the verdict, and how many builds it took.
    /// - Throws: what `build` throws.
    package func run(valid: [StorePath: Digest]) async throws -> (RebuildVerdict, builds: Int) {
        var builds = 1
        let first = try await build([])
        if case .failed(let reason) = first { return (.failed([], reason: reason), builds) }
        let isChanged = first != .made(valid)
        // A difference is looked at twice: is it the same one?
        for _ in 1..<max(rounds, isChanged ? 2 : 1) {
            builds += 1
            if try await build([]) != first { return (.notRepeatable, builds) }
        }
        var blame: [[Variation]] = []
        if !variations.isEmpty {
            builds += 1
            let varied = try await build(variations)
            if !varied.agrees(with: first) {
                blame = try await halve(variations, first, &builds)
            }
            // All that is known of it is that it cannot be built so.
            if blame.count == 1, case .failed(let reason) = varied {
                return (.failed(blame[0], reason: reason), builds)
            }
        }
        if isChanged { return (.changed(blame), builds) }
        return (blame.isEmpty ? .same : .varies(blame), builds)
    }

    /// The smallest parts of `set` that make a difference; `set` makes one.
    private func halve(
        _ set: [Variation], _ reference: Outcome, _ builds: inout Int
    ) async throws -> [[Variation]] {
        guard set.count > 1 else { return [set] }
        var found: [[Variation]] = []
        let middle = set.count / 2
        for half in [Array(set[..<middle]), Array(set[middle...])] {
            builds += 1
            guard try await !build(half).agrees(with: reference) else { continue }
            found += try await halve(half, reference, &builds)
        }
        // Neither half does it: only both together.
        return found.isEmpty ? [set] : found
    }
}
