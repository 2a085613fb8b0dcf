import Archives
import Glibc
import Primitives
import StoreDatabase
package import StoreModel
import SystemSupport

extension LocalStore {
    /// Keeps `paths`, valid or not yet, from collectors as long as this process lives. Waits while
    /// a collector runs. Does nothing in a read-only store.
    package func addTemporaryRoots(_ paths: some Sequence<StorePath>) throws {
        guard !database.isReadOnly else { return }
        try temporaryRoots.add(paths)
    }

    /// Makes a link that keeps `target`, or lets an existing one point to it, in one step.
    ///
    /// - Parameter name: the link's name in the roots directory.
    /// - Throws: ``LocalStoreError/linkOccupied(path:)``.
    package func addRoot(named name: String, to target: StorePath) throws {
        let directory = try DirectoryDescriptor.making(layout.rootsDirectory)
        try link(FileName(name), in: directory, to: target)
    }

    /// Makes or moves a user's link to `target`, and a root that points to the link: the path is
    /// kept until the link is removed or points elsewhere.
    ///
    /// - Parameter link: an absolute path.
    /// - Throws: ``LocalStoreError/linkOccupied(path:)`` when something else is there.
    package func addIndirectRoot(link: String, to target: StorePath) throws {
        let location = try TreeLocation(link)
        try addTemporaryRoots([target])
        try withoutCollector {
            try self.link(location.name, in: location.parent, to: target)
            try register(link: link)
        }
    }

    /// Makes an existing link into the store a root.
    ///
    /// - Parameter link: an absolute path.
    package func registerIndirectRoot(link: String) throws {
        try withoutCollector { try register(link: link) }
    }

    private func register(link: String) throws {
        let directory = try DirectoryDescriptor.making(layout.automaticRootsDirectory)
        let name = try FileName(Digest.hash(link.systemBytes, .sha1).nix32)
        try directory.replaceSymlink(name, target: link)
    }

    /// Runs `body` while no collector can take a root that is just being made for a stale one.
    private func withoutCollector(_ body: () throws -> Void) throws {
        let state = try DirectoryDescriptor.opening(layout.realStateDirectory)
        let lock = try FileLock.acquire(FileName("gc.lock"), in: state, .shared, waits: true)
        try body()
        lock?.release()
    }

    /// Every link that keeps something, sorted by link.
    ///
    /// - Throws: when a directory of roots cannot be read, and
    ///   ``LocalStoreError/unreadableRoot(_:)`` when a user's link cannot: to ignore one could cost
    ///   live paths.
    package func roots() throws -> [StoreRoot] { try readableRootLinks().roots }

    /// What the links in the roots directory are worth, when all of them can be read.
    func readableRootLinks() throws -> RootSurvey {
        let survey = try rootLinks()
        if let root = survey.unreadable.first { throw LocalStoreError.unreadableRoot(root) }
        return survey
    }

    /// What the links in the roots directory are worth; whether the paths are valid is not asked.
    func rootLinks() throws -> RootSurvey {
        var survey = RootSurvey()
        guard let directory = try DirectoryDescriptor.openingIfPresent(layout.rootsDirectory) else {
            return survey
        }
        try look(in: directory, &survey)
        survey.sort()
        return survey
    }

    private func look(
        in directory: borrowing DirectoryDescriptor, _ survey: inout RootSurvey
    ) throws {
        let listing = try DirectoryListing(of: directory.reopened())
        for index in 0..<listing.count {
            let name = listing.name(at: index)
            guard let status = try directory.statusIfPresent(of: name) else { continue }
            switch status.kind {
            case .directory:
                try look(in: directory.openDirectory(name), &survey)
            case .regular:
                // A file named like a store item keeps it; one of another name is no root.
                guard let path = try? StorePath(baseName: name.string) else { continue }
                survey.roots.append(
                    StoreRoot(link: directory.path(of: name), target: path, kind: .direct))
            case .symlink:
                let target = try directory.readLink(name)
                if let path = try storePath(below: target.description) {
                    survey.roots.append(
                        StoreRoot(link: directory.path(of: name), target: path, kind: .direct))
                } else {
                    try lookAtUsersLink(target, from: name, in: directory, &survey)
                }
            case .other: continue
            }
        }
    }

    /// Looks at the user's link that the link `name` points to.
    private func lookAtUsersLink(
        _ path: ByteString, from name: FileName, in directory: borrowing DirectoryDescriptor,
        _ survey: inout RootSurvey
    ) throws {
        let link = directory.path(of: name)
        // Only of these is it known that nobody else than this program made them.
        let isRemovable = directory.path == layout.automaticRootsDirectory
        func isStale(_ reason: String) {
            survey.stale.append(
                StaleRoot(
                    link: link, target: path.description, reason: reason, isRemovable: isRemovable))
        }
        do {
            guard let target = try directory.linkTarget(at: path) else {
                return isStale("it is no link")
            }
            if let item = try storePath(below: target.description) {
                survey.roots.append(
                    StoreRoot(link: path.description, target: item, kind: .indirect))
            } else {
                isStale("it points to '\(target)', which is not in the store")
            }
        } catch ArchivesError.system(_, path.description, let code) {
            if meansAbsence(code) { return isStale(systemMessage(code)) }
            survey.unreadable.append(
                UnreadableRoot(
                    link: link, target: path.description, reason: systemMessage(code)))
        }
    }

    /// The store item that `text` lies in: by its logical or its real path, or by any other, when
    /// it is in this store. The link may have been made when the store was reached through a link,
    /// a bind mount or a disk that is mounted elsewhere now, and what it keeps must stay.
    func storePath(below text: String) throws -> StorePath? {
        // What cannot be parsed is no path in the store; nothing else makes these three fail.
        if let path = try? storeDirectory.parse(below: text) { return path }
        if let first = text.path(below: layout.realStoreDirectory)?.pathComponents.first,
            // As above.
            let path = try? StorePath(baseName: first)
        {
            return path
        }
        for component in text.pathComponents {
            // As above.
            guard let path = try? StorePath(baseName: component),
                try folder.descriptor.statusIfPresent(of: path.fileName()) != nil
            else { continue }
            return path
        }
        return nil
    }

    private func link(
        _ name: FileName, in directory: borrowing DirectoryDescriptor, to target: StorePath
    ) throws {
        if let status = try directory.statusIfPresent(of: name) {
            guard case .symlink = status.kind,
                try storePath(below: directory.readLink(name).description) != nil
            else { throw LocalStoreError.linkOccupied(path: directory.path(of: name)) }
        }
        try directory.replaceSymlink(name, target: layout.realPath(of: target))
    }
}

extension DirectoryDescriptor {
    /// Lets the symbolic link `name` point to `target`; there is always a link, old or new.
    fileprivate func replaceSymlink(_ name: FileName, target: String) throws {
        // What is no link, or cannot be read, is no reason to leave the old one there.
        if let current = try? readLink(name), current == ByteString(target.systemBytes) { return }
        let temporary = try FileName(".\(getpid())-\(UInt32.random(in: .min ... .max)).tmp")
        try makeSymlink(temporary, target: ByteString(target.systemBytes))
        do { try rename(temporary, to: name, in: self) } catch {
            // Why there is no root matters more than what stays beside it.
            try? removeFile(temporary)
            throw error
        }
        // What it keeps must not be garbage after a power cut.
        try synchronise()
    }
}
