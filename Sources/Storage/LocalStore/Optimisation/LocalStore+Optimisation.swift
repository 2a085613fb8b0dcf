import Archives
import Glibc
import StoreDatabase
import StoreModel
import Synchronization

extension LocalStore {
    /// Lets identical files of all valid paths share their bytes (`docs/decisions/0007-sharing-bytes.md`):
    /// as clones where the file system has them, else as names of one file. What is shared already costs
    /// one look.
    ///
    /// Safe beside everything else; killed at any point, every path is whole.
    ///
    /// - Parameters:
    ///   - isDryRun: whether to read everything, change nothing and say what would be gained.
    ///   - workers: how many paths are read at the same time.
    package func optimise(isDryRun: Bool = false, workers: Int) async throws -> OptimisationReport {
        if !isDryRun { try requireWritable() }
        let paths = try database.allValidPaths()
        // A file that is alone with its size has no twin: it is not read.
        let sizes = FileSizes()
        try await inParallel(paths, workers) { path in
            try self.visitFiles(of: path) { _, _, status in sizes.add(status) }
        }
        let pass = try OptimisationPass(self, isDryRun: isDryRun, knowsEntries: true)
        try await inParallel(paths, workers) { path in
            // Tells `verify` that directories are changed; who holds it already does no harm here.
            let lock = isDryRun ? nil : try self.tryLock([path])
            defer { withExtendedLifetime(lock) {} }
            try pass.optimise(path) { sizes.isRepeated($0) }
        }
        if !isDryRun { try pass.links?.removeUnused() }
        return pass.report
    }

    /// Lets the files of new valid paths share bytes with those in the link folder.
    ///
    /// They must be on disk: what is shared with them counts on that.
    func optimise(_ paths: [StorePath]) throws {
        let pass = try OptimisationPass(self, isDryRun: false, knowsEntries: false)
        for path in paths { try pass.optimise(path) { _ in true } }
    }

    /// Removes what the link folder keeps of collected paths.
    func removeUnusedLinks() throws {
        guard try folder.descriptor.statusIfPresent(of: FileName(LinkFolder.name)) != nil else {
            return
        }
        try LinkFolder(in: folder.descriptor).removeUnused()
    }

    private func inParallel(
        _ paths: [StorePath], _ workers: Int, _ body: @escaping @Sendable (StorePath) throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            var rest = paths.makeIterator()
            func begin() {
                guard let path = rest.next() else { return }
                group.addTask {
                    do { try body(path) } catch {
                        // A collector may have come; damage is for `verify` to tell.
                        guard try endsEverything(error) && self.database.isValid(path) else {
                            return
                        }
                        throw error
                    }
                }
            }
            for _ in 0..<max(1, workers) { begin() }
            while try await group.next() != nil {
                try Task.checkCancellation()
                begin()
            }
        }
    }

    /// Tells `body` of every file of `path` that may share its bytes: a regular one with a store's
    /// metadata that is not empty. Directories are given back the metadata that a killed run, or
    /// `body`, took from them.
    ///
    /// - Parameter body: given the file's name, its directory and what is known of it.
    func visitFiles(
        of path: StorePath,
        _ body: (FileName, borrowing DirectoryDescriptor, NodeStatus) throws -> Void
    ) throws {
        try visit(path.fileName(), in: folder.descriptor, depth: 0, body)
    }

    private func visit(
        _ name: FileName, in directory: borrowing DirectoryDescriptor, depth: Int,
        _ body: (FileName, borrowing DirectoryDescriptor, NodeStatus) throws -> Void
    ) throws {
        guard depth < TreeWalker.maximumDepth,
            let status = try directory.statusIfPresent(of: name)
        else { return }
        switch status.kind {
        case .regular
        where status.size > 0 && status.mode & ~0o111 == 0o444
            && status.modificationSeconds == canonicalModificationTime:
            try body(name, directory, status)
        case .directory:
            let child = try directory.openDirectory(name)
            let failure = visitEntries(of: child, depth: depth + 1, body)
            restore(child)
            if let failure { throw failure }
        default: break
        }
    }

    /// Visits a directory; returns what ended it early. The compiler takes no `defer` here.
    private func visitEntries(
        of directory: borrowing DirectoryDescriptor, depth: Int,
        _ body: (FileName, borrowing DirectoryDescriptor, NodeStatus) throws -> Void
    ) -> (any Error)? {
        do {
            let listing = try DirectoryListing(of: directory.reopened())
            for index in 0..<listing.count {
                try visit(listing.name(at: index), in: directory, depth: depth, body)
            }
            return nil
        } catch { return error }
    }

    private func restore(_ directory: borrowing DirectoryDescriptor) {
        // The contents are whole all the same, and the next run restores it.
        guard !database.isReadOnly, let status = try? directory.status() else { return }
        // As above.
        if status.mode != 0o555 { try? directory.setMode(0o555) }
        if status.modificationSeconds != canonicalModificationTime {
            // As above.
            try? directory.setModificationTime(canonicalModificationTime)
        }
    }
}

/// How many files have each size.
private final class FileSizes: Sendable {
    private struct Size: Hashable {
        let size: UInt64
        let isExecutable: Bool
    }

    /// Whether a size was seen more than once; files that are one count once.
    private struct State {
        var repeated: [Size: Bool] = [:]
        var seen: Set<FileIdentity> = []
    }

    private let state = Mutex(State())

    func add(_ status: NodeStatus) {
        let size = Size(size: status.size, isExecutable: status.isExecutable)
        state.withLock { state in
            if status.linkCount > 1, !state.seen.insert(status.identity).inserted { return }
            state.repeated[size] = state.repeated[size] != nil
        }
    }

    func isRepeated(_ status: NodeStatus) -> Bool {
        let size = Size(size: status.size, isExecutable: status.isExecutable)
        return state.withLock { $0.repeated[size] ?? false }
    }
}

/// Whether the disk or the database refuses, which ends everything.
private func endsEverything(_ error: any Error) -> Bool {
    switch error {
    case ArchivesError.system(_, _, let code): [EIO, ENOSPC, EROFS, EDQUOT].contains(code)
    case is ArchivesError: false
    default: true
    }
}
