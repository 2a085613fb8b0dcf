import LocalStore
import Primitives
import StoreDatabase
import StoreModel

/// Finds what can be taken for some goals, goal first: an output that a cache has, with all that it
/// refers to, is not looked behind.
struct SubstituteSearch {
    /// How many paths are asked for together.
    private static let questionsAtOnce = 64

    private let substitution: Substitution
    private let store: LocalStore
    private let remark: @Sendable (String) -> Void
    /// What caches offer, `nil` for what none does.
    private var offers: [StorePath: SubstituteOffer?] = [:]
    /// What has an offer, and for all that it refers to there is one or it is valid, in order.
    private var order: [StorePath] = []
    private var available: Set<StorePath> = []
    private var chosen: Set<StorePath> = []
    /// What must not be collected meanwhile; derivations keep those that they need.
    private var roots: [StorePath] = []
    /// What derivations say of their fixed outputs.
    private var promises: [StorePath: SubstitutePromise] = [:]
    private var visited: [StorePath: Set<String>] = [:]

    init(
        _ substitution: Substitution, remark: @escaping @Sendable (String) -> Void
    ) {
        self.substitution = substitution
        store = substitution.store
        self.remark = remark
    }

    /// What to take for `goals`, and in which order.
    ///
    /// - Parameter forced: derivations that are built in any case: what they need is looked for, too.
    consuming func plan(_ goals: [Goal], forced: Set<StorePath>) async throws -> SubstitutePlan {
        roots = goals.map(\.item)
        var wanted: [(StorePath, Set<String>)] = []
        var loose: Set<StorePath> = []
        for goal in goals {
            switch goal {
            case .outputs(let derivation, let names): wanted.append((derivation, names))
            case .path(let path): loose.insert(path)
            }
        }
        while !wanted.isEmpty || !loose.isEmpty {
            (wanted, loose) = try await step(wanted, loose, forced)
        }
        return result()
    }

    /// Looks for these outputs and paths; returns what is needed of those that are to be built.
    private mutating func step(
        _ wanted: [(StorePath, Set<String>)], _ loose: Set<StorePath>, _ forced: Set<StorePath>
    ) async throws -> ([(StorePath, Set<String>)], Set<StorePath>) {
        var missing = Set(loose).subtracting(try store.database.validPaths(among: loose))
        var requests:
            [(derivation: Derivation, missing: Set<StorePath>, mayTake: Bool, isForced: Bool)] = []
        for (path, names) in wanted {
            // The planner says what is wrong with a goal that is not there.
            guard path.isDerivation, try store.database.isValid(path) else { continue }
            let derivation = try store.derivations.derivation(path)
            let outputs = derivation.outputs.filter { names.isEmpty || names.contains($0.key) }
            let paths = Set(outputs.values.compactMap(\.path))
            let lacking = paths.subtracting(try store.database.validPaths(among: paths))
            guard !lacking.isEmpty || forced.contains(path) else { continue }
            if let fixed = derivation.fixedOutput {
                promises[fixed.path] = SubstitutePromise(derivation)
            }
            let mayTake = try substitution.mayTake(derivation, path: path)
            if mayTake { missing.formUnion(lacking) }
            requests.append((derivation, lacking, mayTake, forced.contains(path)))
        }
        if !missing.isEmpty { try store.addTemporaryRoots(roots) }
        try await ask(missing)
        chosen.formUnion(loose.intersection(available))
        var inputs: [(StorePath, Set<String>)] = []
        var sources: Set<StorePath> = []
        for request in requests {
            let canBeTaken = request.mayTake && request.missing.isSubset(of: available)
            if canBeTaken { chosen.formUnion(request.missing) }
            guard !canBeTaken || request.isForced else { continue }
            sources.formUnion(request.derivation.inputSources)
            for (input, names) in request.derivation.inputDerivations {
                let new = names.subtracting(visited[input, default: []])
                guard !new.isEmpty else { continue }
                visited[input, default: []].formUnion(new)
                inputs.append((input, new))
            }
        }
        return (inputs.sorted { $0.0 < $1.0 }, sources.subtracting(offers.keys))
    }

    /// Asks for `paths` and all that they refer to.
    private mutating func ask(_ paths: Set<StorePath>) async throws {
        var asked = paths.filter { offers[$0] == nil }
        var isNew = false
        while !asked.isEmpty {
            var found: [StorePath: SubstituteOffer] = [:]
            let sorted = asked.sorted()
            // In pieces: an answer may have a million bytes.
            for start in stride(from: 0, to: sorted.count, by: Self.questionsAtOnce) {
                let piece = sorted[start..<min(start + Self.questionsAtOnce, sorted.count)]
                let some = try await substitution.offers(
                    for: Array(piece), promises: promises, remark: remark)
                found.merge(some) { $1 }
            }
            for path in asked { offers.updateValue(found[path], forKey: path) }
            isNew = isNew || !found.isEmpty
            var next: Set<StorePath> = []
            for offer in found.values {
                next.formUnion(offer.references.filter { offers[$0] == nil })
            }
            asked = next.subtracting(try store.database.validPaths(among: next))
        }
        if isNew { try judge() }
    }

    /// Finds what can be taken whole: its references first, until nothing more can.
    private mutating func judge() throws {
        let present = offers.compactMapValues { $0 }
        var outside: Set<StorePath> = []
        for offer in present.values {
            outside.formUnion(offer.references.filter { present[$0] == nil })
        }
        let valid = try store.database.validPaths(among: outside)
        let items = present.sorted { $0.key < $1.key }.map { path, offer in
            WorkGraph<StorePath, Int>.Item(path, 0, after: offer.references)
        }
        // Circles and what nobody has never become ready.
        order = WorkGraph(items, done: valid).doable(in: 0)
        available = Set(order)
    }

    /// What was chosen, and all that it refers to.
    private consuming func result() -> SubstitutePlan {
        var needed = chosen
        var queue = Array(chosen)
        while let path = queue.popLast() {
            guard let offer = offers[path] ?? nil else { continue }
            for reference in offer.references
            where available.contains(reference) && needed.insert(reference).inserted {
                queue.append(reference)
            }
        }
        let taken = order.filter { needed.contains($0) }
        return SubstitutePlan(
            offers: Dictionary(
                uniqueKeysWithValues: taken.compactMap { path in
                    (offers[path] ?? nil).map { (path, $0) }
                }), order: taken)
    }
}
