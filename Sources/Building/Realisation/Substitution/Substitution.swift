import Archives
package import LocalStore
import StoreDatabase
package import StoreModel
package import Substitutes
import Synchronization
import SystemSupport

/// Takes store paths from binary caches instead of building them.
///
/// A cache is believed in nothing but what a trusted word stands behind: see ``SubstituteTrust``. What
/// it serves becomes valid only when it has the stated hash and size, and all that it refers to is
/// valid.
package final class Substitution: Sendable {
    let store: LocalStore
    /// How many downloads run at once.
    let downloads: Int
    private let trust: SubstituteTrust
    /// Whether what derivations say of it counts for nothing (`allowSubstitutes`).
    private let alwaysAllowed: Bool
    private let questions: CacheQuestions
    /// Derivations are read whole.
    private static let maximumDerivationSize: UInt64 = 64 << 20
    /// How many paths may be named by narinfos for which nobody's word is asked: the text of a derivation
    /// proves it only when it is here, and each may name others, without end.
    private static let maximumUnprovenReferences = 262_144
    private let unprovenReferences = Atomic(0)
    private let memory = Mutex(Memory())

    /// What caches said and did.
    private struct Memory {
        /// What was asked for, and whether a derivation's promise was known then.
        var asked: [StorePath: Bool] = [:]
        var offers: [StorePath: SubstituteOffer] = [:]
        /// What no cache gave.
        var failed: Set<StorePath> = []
    }

    /// Nothing is asked yet.
    ///
    /// - Parameters:
    ///   - store: opened for writing, unless only plans are made.
    ///   - caches: tried in this order, those with a smaller priority before others.
    ///   - downloads: how many at once.
    ///   - alwaysAllowed: take also what a derivation wants to be built (`allowSubstitutes`).
    package init(
        _ store: LocalStore, caches: [BinaryCache], trust: SubstituteTrust, downloads: Int,
        alwaysAllowed: Bool = false
    ) {
        self.alwaysAllowed = alwaysAllowed
        self.store = store
        self.trust = trust
        self.downloads = max(1, downloads)
        questions = CacheQuestions(caches)
    }

    /// What can be taken for `goals`; what is valid already is not asked for.
    ///
    /// - Parameters:
    ///   - forced: derivations that are built in any case: what they need is looked for, too.
    ///   - onEvent: told of caches that cannot be used, and of paths that nobody vouches for.
    /// - Throws: what the store throws; ``RealisationError/interrupted``. Caches that fail have nothing.
    package func plan(
        _ goals: [Goal], forced: Set<StorePath> = [],
        onEvent: @escaping @Sendable (SubstitutionEvent) -> Void
    ) async throws -> SubstitutePlan {
        let remarks = RemarkLimit { onEvent(.remark($0)) }
        defer { remarks.finish() }
        do {
            return try await SubstituteSearch(self, remark: { remarks.say($0) })
                .plan(goals, forced: forced)
        } catch is CancellationError { throw RealisationError.interrupted }
    }

    /// Whether caches may be asked for what `derivation` makes: some, such as texts, are made faster than
    /// they are found elsewhere, and say so.
    func mayTake(_ derivation: Derivation, path: StorePath) throws -> Bool {
        if alwaysAllowed { return true }
        return try DerivationAttributes(derivation, path: path)
            .flag("allowSubstitutes", default: true)
    }

    /// The first offer of each path that is to be believed, but for what caches failed to give. Nothing is
    /// asked for twice.
    ///
    /// - Parameter promises: what derivations say of paths.
    func offers(
        for paths: [StorePath], promises: [StorePath: SubstitutePromise],
        remark: @escaping @Sendable (String) -> Void
    ) async throws -> [StorePath: SubstituteOffer] {
        let new = memory.withLock { memory in
            paths.filter { memory.asked[$0] != (promises[$0] != nil) }
        }
        let found = try await ask(for: new, promises, remark)
        return memory.withLock { memory in
            for path in new {
                memory.asked[path] = promises[path] != nil
                memory.offers[path] = found[path]
            }
            var offers: [StorePath: SubstituteOffer] = [:]
            for path in paths where !memory.failed.contains(path) {
                offers[path] = memory.offers[path]
            }
            return offers
        }
    }

    private func ask(
        for paths: [StorePath], _ promises: [StorePath: SubstitutePromise],
        _ remark: @escaping @Sendable (String) -> Void
    ) async throws -> [StorePath: SubstituteOffer] {
        var found: [StorePath: SubstituteOffer] = [:]
        var heard: [StorePath: [(place: Int, narInfo: NarInfo)]] = [:]
        let isExhausted =
            unprovenReferences.load(ordering: .relaxed) > Self.maximumUnprovenReferences
        let paths = isExhausted ? paths.filter { !$0.isDerivation } : paths
        guard !paths.isEmpty else { return [:] }
        for place in try await questions.order(remark: remark) {
            let rest = trust.asksAll ? paths : paths.filter { found[$0] == nil }
            for (path, narInfo) in try await questions.ask(place, for: rest, remark: remark) {
                var narInfo = narInfo
                if let promise = promises[path] {
                    narInfo.info.contentAddress = promise.contentAddress
                }
                heard[path, default: []].append((place, narInfo))
                if !trust.asksAll {
                    found[path] = offer(
                        heard[path, default: []], promises[path], remark: { _ in })
                }
            }
        }
        for (path, words) in heard where found[path] == nil {
            found[path] = offer(words, promises[path], remark: remark)
        }
        return limited(found, remark: remark)
    }

    /// `offers` without those that nobody vouches for once there are too many.
    private func limited(
        _ offers: [StorePath: SubstituteOffer], remark: (String) -> Void
    ) -> [StorePath: SubstituteOffer] {
        func isUnproven(_ offer: SubstituteOffer) -> Bool {
            trust.needsNoWord(offer.narInfo.info, in: store.storeDirectory)
        }
        let new = offers.values.reduce(0) {
            $0 + (isUnproven($1) ? 1 + $1.narInfo.info.references.count : 0)
        }
        let (before, after) = unprovenReferences.wrappingAdd(new, ordering: .relaxed)
        guard after > Self.maximumUnprovenReferences else { return offers }
        if before <= Self.maximumUnprovenReferences {
            remark(
                "caches name more than \(Self.maximumUnprovenReferences) paths that nothing proves, "
                    + "derivations as a rule; no more of them are asked for")
        }
        return offers.filter { !isUnproven($0.value) }
    }

    private func offer(
        _ words: [(place: Int, narInfo: NarInfo)], _ promise: SubstitutePromise?,
        remark: (String) -> Void
    ) -> SubstituteOffer? {
        let all = words.map(\.narInfo.info)
        var reasons: [String] = []
        for (place, narInfo) in words {
            let source = questions.caches[place].url.description
            if let fault = promise?.fault(in: narInfo) {
                reasons.append("'\(narInfo.info.path)' is not taken from '\(source)': \(fault)")
                continue
            }
            switch trust.verdict(narInfo.info, all, in: store.storeDirectory) {
            case .accepted(let reason):
                if let reason { remark("\(narInfo.info.path.name): \(reason)") }
                return SubstituteOffer(
                    narInfo: narInfo, source: source, place: place, said: all, promise: promise)
            case .refused(let reason):
                reasons.append("'\(narInfo.info.path)' is not taken from '\(source)': \(reason)")
            }
        }
        for reason in reasons { remark(reason) }
        return nil
    }

    /// The offers of `paths`, when there is one for each and none has failed.
    func knownOffers(of paths: [StorePath]) -> [SubstituteOffer]? {
        memory.withLock { memory in
            let offers = paths.compactMap { memory.offers[$0] }
            return offers.count == paths.count && memory.failed.isDisjoint(with: paths)
                ? offers : nil
        }
    }

    /// Notes that no cache gives what was offered, so that it is not planned for again.
    func noteFailure(of path: StorePath) {
        memory.withLock { _ = $0.failed.insert(path) }
    }

    // MARK: Taking

    /// Downloads and unpacks what is offered, from the first cache that really has it.
    ///
    /// - Returns: `nil` when none has; `onEvent` was told why.
    /// - Throws: ``RealisationError/interrupted``, and why nothing can be written here.
    func take(
        _ offer: SubstituteOffer, into trees: IncomingTrees,
        onEvent: @escaping @Sendable (SubstitutionEvent) -> Void
    ) async throws -> (output: PreparedOutput, source: String)? {
        let path = offer.path
        let order = try await questions.order(remark: { onEvent(.remark($0)) })
        let places = order.drop { $0 != offer.place }
        for place in places where !questions.isGivenUp(place) {
            let source = questions.caches[place].url.description
            do {
                guard let narInfo = try await narInfo(place, offer, onEvent) else { continue }
                let isLast = place == places.last
                let output = try await Blocking.runAbandonably { [self] isAbandoned in
                    try prepare(narInfo, place, isLast: isLast, trees, isAbandoned, onEvent)
                }
                return (output, source)
            } catch let error where Self.isFault(of: error, outside: trees.directory) {
                onEvent(.refused(path, source: source, reason: "\(error)"))
                questions.count(error, of: place) { onEvent(.remark($0)) }
            }
        }
        noteFailure(of: path)
        return nil
    }

    /// What the cache at `place` says of what is offered, when it is as good as the offer.
    private func narInfo(
        _ place: Int, _ offer: SubstituteOffer,
        _ onEvent: @escaping @Sendable (SubstitutionEvent) -> Void
    ) async throws -> NarInfo? {
        if place == offer.place { return offer.narInfo }
        let found = try await questions.ask(
            place, for: [offer.path], remark: { onEvent(.remark($0)) })
        guard var narInfo = found[offer.path] else { return nil }
        if let fault = offer.promise?.fault(in: narInfo) {
            onEvent(
                .refused(
                    offer.path, source: questions.caches[place].url.description, reason: fault))
            return nil
        }
        if offer.narInfo.info.provingDigest(in: store.storeDirectory) != nil {
            narInfo.info.contentAddress = offer.narInfo.info.contentAddress
        }
        let verdict = trust.verdict(
            narInfo.info, offer.said + [narInfo.info], in: store.storeDirectory)
        // Others than those that were found could be missing.
        guard case .accepted = verdict, narInfo.info.references == offer.narInfo.info.references
        else { return nil }
        return narInfo
    }

    private func prepare(
        _ narInfo: NarInfo, _ place: Int, isLast: Bool, _ trees: IncomingTrees,
        _ isAbandoned: () -> Bool, _ onEvent: @escaping @Sendable (SubstitutionEvent) -> Void
    ) throws -> PreparedOutput {
        let proof = narInfo.info.provingDigest(in: store.storeDirectory)
        var info = narInfo.info
        // Nobody signs the deriver: it is one that this store knows.
        let derivers = try store.database.validDerivers(of: info.path)
        info.deriver = info.deriver.flatMap { derivers.contains($0) ? $0 : nil } ?? derivers.min()
        if proof == nil { info.contentAddress = nil }
        let source = questions.caches[place].url.description
        guard !info.path.isDerivation || info.narSize <= Self.maximumDerivationSize else {
            throw BinaryCacheError.wrongNAR(
                url: source, path: info.path,
                reason: "no derivation has \(info.narSize) bytes")
        }
        guard try trees.availableSpace() > info.narSize else {
            throw BinaryCacheError.wrongNAR(
                url: source, path: info.path,
                reason: "it has \(info.narSize) bytes, for which there is no room here")
        }
        return try trees.prepare(info, proof: proof) { name, directory in
            try questions.caches[place].readNAR(
                narInfo, in: trees.directory,
                isVouchedFor: !trust.needsNoWord(narInfo.info, in: store.storeDirectory),
                isLast: isLast,
                progress: { [questions] in
                    questions.noteSilence($0.silentSeconds, of: place) { onEvent(.remark($0)) }
                    onEvent(
                        .progress(info.path, done: $0.bytesDone, total: $0.bytesTotal ?? 0))
                }
            ) { stream in
                guard !isAbandoned() else { throw RealisationError.interrupted }
                try restoreTree(from: stream, to: name, in: directory, metadata: .canonical)
            }
        }
    }

    /// Whether an error is the cache's, so that another one may do better.
    private static func isFault(of error: any Error, outside directory: String) -> Bool {
        switch error {
        case is BinaryCacheError, LocalStoreError.wrongContent, LocalStoreError.notFlat,
            LocalStoreError.badDerivation:
            true
        case DownloadError.fileSystem, DownloadError.unsafePartial: false
        case is DownloadError: true
        case ArchivesError.system(_, let path, _): !path.hasPrefix(directory)
        case is ArchivesError: true
        default: false
        }
    }
}
