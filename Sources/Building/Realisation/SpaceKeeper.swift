import LocalStore
import Primitives
import StoreModel
import SystemSupport

/// Collects while something is realised, whenever little space is free (`min-free` of Nix).
struct SpaceKeeper: Sendable {
    let store: LocalStore
    /// Below so many free bytes it collects.
    let minimum: UInt64
    /// It stops when so many are free; `nil` deletes all it can.
    let maximum: UInt64?
    let builder: any Builder
    let onEvent: @Sendable (RealisationEvent) -> Void

    /// How often it looks.
    private static let interval = Duration.seconds(1)

    /// Looks until the task is cancelled, first for less than `threshold`. What cannot be collected is told and stops nothing.
    func run(_ threshold: UInt64) async {
        var threshold = threshold
        while !Task.isCancelled {
            threshold = await look(threshold)
            // The only error is that it is cancelled.
            try? await Task.sleep(for: Self.interval)
        }
    }

    /// Looks once.
    ///
    /// - Parameter threshold: below so many free bytes it collects now.
    /// - Returns: below how many the next time. After a collection that freed too little, another is of
    ///   use only when the space has shrunk.
    func look(_ threshold: UInt64) async -> UInt64 {
        do {
            guard try store.availableSpace() < threshold else { return threshold }
            let items = try await Blocking.runAbandonably { _ in
                builder.forgetInputs()
                LocalStore.prepareCollection(of: store.layout)
                return try store.collect(CollectionRequest(freeSpace: maximum))
            }
            let bytes = items.reduce(0) { $0 + $1.size }
            if !items.isEmpty {
                onEvent(
                    .remark(
                        "little space is free: deleted \(items.count) items that nothing needs, "
                            + "\(ByteCount(bytes))"))
            }
            let left = try store.availableSpace()
            return left < minimum ? left - left / 32 : minimum
        } catch {
            if !Task.isCancelled {
                onEvent(.remark("little space is free, but it cannot be collected: \(error)"))
            }
            return 0
        }
    }
}

extension Realiser {
    /// Runs `body`, and collects meanwhile when that was asked for.
    ///
    /// - Parameter plan: what `body` runs; all that it counts on stays.
    func keepingSpace<Value: Sendable>(
        for plan: BuildPlan,
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        guard let minimum = options.minFree else { return try await body() }
        try store.addTemporaryRoots(
            plan.neededPaths { try store.derivations.derivation($0) }.union(
                plan.substitutes.neededPaths))
        let keeper = SpaceKeeper(
            store: store, minimum: minimum, maximum: options.maxFree, builder: builder,
            onEvent: onEvent)
        // Before anything is written.
        let next = await keeper.look(minimum)
        async let _: Void = keeper.run(next)
        // What is not waited for is cancelled when it goes out of scope.
        return try await body()
    }
}
