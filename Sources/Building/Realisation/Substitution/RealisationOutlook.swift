package import LocalStore
import StoreDatabase
public import StoreModel

/// What realising some goals would do, found without doing it.
public struct RealisationOutlook: Sendable {
    /// What would be taken from binary caches.
    public let substitutes: SubstitutePlan
    /// What would be built and fetched.
    public let plan: BuildPlan
    /// Derivations that would be taken: what they need is known only when they are here.
    public let unread: [StorePath]

    /// Asks the caches, when there are any, and plans.
    ///
    /// - Parameters:
    ///   - checks: how often the goals would be built again.
    ///   - assumesFixed: as of ``Realiser/plan(_:checks:in:assumesFixed:expecting:)``.
    ///   - onEvent: told of caches that cannot be used, and of paths that nobody vouches for.
    /// - Throws: ``RealisationError``, what the store throws.
    package init(
        of goals: [Goal], checks: Int = 0, in store: LocalStore, assumesFixed: Bool,
        substitution: Substitution?, onEvent: @escaping @Sendable (SubstitutionEvent) -> Void
    ) async throws {
        var known = goals
        var first = SubstitutePlan.empty
        var second = SubstitutePlan.empty
        if let substitution {
            let derivations = Set(goals.map(\.item).filter(\.isDerivation))
            let missing = derivations.subtracting(
                try store.database.validPaths(among: derivations))
            if !missing.isEmpty {
                first = try await substitution.plan(
                    missing.sorted().map { .path($0) }, onEvent: onEvent)
            }
            known.removeAll { missing.contains($0.item) && first.offers[$0.item] != nil }
            second = try await substitution.plan(
                known, forced: checks > 0 ? Set(known.map(\.item)) : [], onEvent: onEvent)
        }
        let offers = first.offers
        substitutes = SubstitutePlan(
            offers: offers.merging(second.offers) { one, _ in one },
            order: first.order + second.order.filter { offers[$0] == nil })
        plan = try Realiser.plan(
            known, checks: checks, in: store, assumesFixed: assumesFixed,
            expecting: Set(substitutes.order))
        unread = Set(goals.map(\.item)).subtracting(known.map(\.item)).sorted()
    }
}
