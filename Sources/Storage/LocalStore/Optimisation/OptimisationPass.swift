import Archives
import Glibc
import Primitives
import StoreModel
import Synchronization

/// One walk over files that are to share their bytes; may be used by several threads.
final class OptimisationPass: Sendable {
    private struct State {
        var report = OptimisationReport()
        /// Of a dry run: the contents seen.
        var keys: Set<FileName> = []
        /// Files that need no second look: the entries of the folder, and those visited.
        var known: Set<FileIdentity>
    }

    /// A file with more names than these has gained what there is to gain: a later entry of the
    /// same contents, made when this one had all the names it may have, must not take them away.
    private static let manyNames = 1000

    private let store: LocalStore
    /// `nil` in a dry run of a store that has none.
    let links: LinkFolder?
    private let isDryRun: Bool
    private let state: Mutex<State>

    /// A walk over files of `store`.
    ///
    /// - Parameter knowsEntries: whether to begin with a look at every entry of the folder: worth
    ///   its time only when all files of the store are visited.
    init(_ store: LocalStore, isDryRun: Bool, knowsEntries: Bool) throws {
        self.store = store
        self.isDryRun = isDryRun
        let isThere = try store.folder.descriptor.statusIfPresent(of: FileName(LinkFolder.name))
        links = isDryRun && isThere == nil ? nil : try LinkFolder(in: store.folder.descriptor)
        state = Mutex(State(known: knowsEntries ? try links?.identities() ?? [] : []))
    }

    /// What was done so far.
    var report: OptimisationReport { state.withLock { $0.report } }

    /// Visits the files of `path`.
    ///
    /// - Parameter isWanted: whether a file may have a twin.
    func optimise(_ path: StorePath, isWanted: (NodeStatus) -> Bool) throws {
        try store.visitFiles(of: path) { name, directory, status in
            let isKnown = state.withLock { state in
                state.report.fileCount += 1
                // A file with one name is met once.
                return status.linkCount > Self.manyNames
                    || status.linkCount > 1 && state.known.contains(status.identity)
            }
            guard !isKnown, isWanted(status) else { return }
            let key = try LinkFolder.key(of: name, in: directory)
            if isDryRun {
                try count(name, in: directory, status, key)
            } else {
                try share(name, in: directory, status, key)
            }
        }
    }

    private func count(
        _ name: FileName, in directory: borrowing DirectoryDescriptor, _ status: NodeStatus,
        _ key: FileName
    ) throws {
        let isEntry = try links?.descriptor.statusIfPresent(of: key) != nil
        let isClone = isEntry ? try links?.isClone(name, in: directory, key: key) == true : false
        state.withLock { state in
            if status.linkCount > 1 { state.known.insert(status.identity) }
            let isTwin = !state.keys.insert(key).inserted || isEntry
            if isTwin, !isClone { state.report.addShared(status) }
        }
    }

    private func share(
        _ name: FileName, in directory: borrowing DirectoryDescriptor, _ status: NodeStatus,
        _ key: FileName
    ) throws {
        guard let links else { return }
        // Root may change a directory that nobody may write to; its metadata is restored later.
        if geteuid() != 0, try directory.status().mode & 0o200 == 0,
            directory.path != store.layout.realStoreDirectory
        {
            try directory.setMode(0o755)
        }
        let outcome = try links.share(name, in: directory, key: key)
        state.withLock { state in
            switch outcome {
            case .shared: state.report.addShared(status)
            case .replacedDamaged: state.report.damagedLinks += 1
            case .replacedFull: state.report.fullLinks += 1
            case .unique: break
            }
            if outcome != .shared { state.known.insert(status.identity) }
        }
    }
}

extension OptimisationReport {
    fileprivate mutating func addShared(_ status: NodeStatus) {
        sharedCount += 1
        // The other names of it keep its bytes until they are met.
        if status.linkCount == 1 { sharedBytes += status.size }
    }
}
