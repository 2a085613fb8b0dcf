import Archives
import Glibc
import LocalStore
import StoreDatabase
public import StoreModel
package import Substitutes
import SystemSupport

/// Repairs valid paths of a store: from directories of store items, from texts that can be made
/// again, from files that were repaired elsewhere, or by building.
///
/// No source is trusted: what it gives must have the hash that is registered. Only a build in the
/// sandbox, of a derivation that is whole, may change the hash, as a build that is not deterministic
/// does.
public struct StoreRepair: Sendable {
    /// What became of a damaged path.
    public enum Outcome: Sendable, Hashable {
        /// Only its metadata were wrong; they are canonical again.
        case canonicalised
        /// Taken from the store items in this directory, or from the binary cache at this URL.
        case copied(from: String)
        /// Written anew.
        case rewritten
        /// Files that it shares with a repaired path are whole again.
        case shared
        /// Built again, with the registered contents.
        case rebuilt
        /// Built again; the contents are others than those that were registered.
        case changed
        /// Not repaired, and why.
        case failed(String)
    }

    private let realiser: Realiser
    private let directories: [String]
    private let caches: [BinaryCache]
    private let texts: [StorePath: [UInt8]]
    private var store: LocalStore { realiser.store }

    /// A repair.
    ///
    /// - Parameters:
    ///   - directories: directories of store items, tried in this order.
    ///   - caches: binary caches, tried after the directories. Their signatures do not matter: what
    ///     is taken has the registered hash.
    ///   - texts: the bytes of texts and derivations that can be made again.
    package init(
        _ realiser: Realiser, directories: [String], caches: [BinaryCache] = [],
        texts: [StorePath: [UInt8]]
    ) {
        self.realiser = realiser
        self.directories = directories
        self.caches = caches
        self.texts = texts
    }

    /// Repairs `damaged`, each after those that it refers to.
    ///
    /// - Returns: what became of each.
    /// - Throws: what the store or the disk refuses; ``RealisationError/interrupted``.
    public func run(_ damaged: [StorePath]) async throws -> [StorePath: Outcome] {
        try await Blocking.running { try await repair(damaged) }
    }

    private func repair(_ damaged: [StorePath]) async throws -> [StorePath: Outcome] {
        var outcomes: [StorePath: Outcome] = [:]
        var shared = store.sharedFiles()
        var rest: [StorePath] = []
        let ordered = try store.dependenciesFirst(damaged)
        for path in ordered { try shared.note(path) }
        for path in ordered {
            // Also of what is repaired in another way or not at all: no set-user-ID bit stays.
            if let outcome = try canonicalised(path) {
                outcomes[path] = outcome
                continue
            }
            if let outcome = try copied(path, shared) {
                outcomes[path] = outcome
                shared.repaired(path)
            } else {
                rest.append(path)
            }
        }
        var broken = Set(rest)
        for path in rest where broken.contains(path) {
            if try store.repair(path, sharing: shared) {
                outcomes[path] = .shared
                broken.remove(path)
                continue
            }
            do {
                for (path, outcome) in try await rebuilt(path, broken) {
                    outcomes[path] = outcome
                    shared.repaired(path)
                    broken.remove(path)
                }
            } catch RealisationError.interrupted { throw RealisationError.interrupted } catch {
                outcomes[path] = .failed("\(error)")
            }
        }
        // Perhaps a later one held what an earlier one lacked.
        for path in rest where broken.contains(path) {
            if try store.repair(path, sharing: shared) { outcomes[path] = .shared }
        }
        return outcomes
    }

    private func canonicalised(_ path: StorePath) throws -> Outcome? {
        do { return try store.repairMetadata(of: path) ? .canonicalised : nil } catch let error
            as ArchivesError
        {
            switch error {
            case .foreignHardLink:
                // Nobody knows whose file that is: the path gets another.
                return try store.repairWithItsCopy(path) ? .canonicalised : nil
            case .foreignOwner: return .failed("\(error)")
            case .system(_, _, let code) where [ENOSPC, EDQUOT, EROFS].contains(code): throw error
            // What cannot be read, or is no store item, is repaired from elsewhere.
            default: return nil
            }
        }
    }

    private func copied(_ path: StorePath, _ shared: SharedFiles) throws -> Outcome? {
        if let text = texts[path], try store.repair(path, fromText: text) { return .rewritten }
        if try store.repair(path, sharing: shared) { return .shared }
        for directory in directories where try store.repair(path, fromItemsIn: directory) {
            return .copied(from: directory)
        }
        for cache in caches where try repair(path, from: cache) {
            return .copied(from: cache.url.description)
        }
        return nil
    }

    /// Repairs from a cache when it says that it has the registered contents, and does.
    private func repair(_ path: StorePath, from cache: BinaryCache) throws -> Bool {
        guard let registered = try store.database.info(path) else { return false }
        do {
            guard let narInfo = try cache.narInfo(of: path),
                narInfo.info.narHash == registered.narHash,
                // How much is unpacked is not for the cache to say.
                narInfo.info.narSize == registered.narSize
            else { return false }
            return try store.repairWithTree(path) { name, directory in
                try cache.readNAR(narInfo) { stream in
                    try restoreTree(from: stream, to: name, in: directory, metadata: .canonical)
                }
            }
        } catch is BinaryCacheError { return false } catch is DownloadError { return false }
    }

    /// Builds the derivation that makes `path`, and first what it needs and is not there or broken.
    private func rebuilt(_ path: StorePath, _ broken: Set<StorePath>) async throws
        -> [StorePath: Outcome]
    {
        let plan = try planner(broken).plan([try goal(path, broken)])
        let replaced = plan.steps.values
            .flatMap { $0.derivation.outputs.values.compactMap(\.path) }
            .filter { broken.contains($0) }
        let before = try store.database.infos(replaced)
        try await realiser.realise(plan, replacing: broken)
        return try before.reduce(into: [:]) { outcomes, info in
            let hash = try store.database.info(info.path)?.narHash
            outcomes[info.path] = hash == info.narHash ? .rebuilt : .changed
        }
    }

    private func planner(_ broken: Set<StorePath>) -> Planner {
        Planner(
            isValid: { try !broken.contains($0) && store.database.isValid($0) },
            readDerivation: { path in
                try broken.contains(path) ? nil : store.derivations.derivationIfValid(path)
            })
    }

    /// The output that `path` is, of a derivation that is whole.
    private func goal(_ path: StorePath, _ broken: Set<StorePath>) throws -> Goal {
        var derivers = try store.database.validDerivers(of: path)
        if let known = try store.database.info(path)?.deriver, derivers.contains(known) {
            derivers.insert(known, at: 0)
        }
        for deriver in derivers where !broken.contains(deriver) {
            let outputs = try store.derivations.derivation(deriver).outputs
            if let name = outputs.first(where: { $0.value.path == path })?.key {
                return .outputs(of: deriver, [name])
            }
        }
        throw RealisationError.cannotRepair(path)
    }
}
