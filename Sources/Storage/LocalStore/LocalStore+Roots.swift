import Archives
import Glibc
import Primitives
import StoreDatabase
public import StoreModel

extension LocalStore {
    /// Keeps `paths`, valid or not yet, from collectors as long as this process lives. Waits while
    /// a collector runs. Does nothing in a read-only store.
    public func addTemporaryRoots(_ paths: some Sequence<StorePath>) throws {
        guard !database.isReadOnly else { return }
        try temporaryRoots.add(paths)
    }

    /// Makes a link that keeps `target`, or lets an existing one point to it, in one step.
    ///
    /// - Parameter name: the link's name in the roots directory.
    /// - Throws: ``LocalStoreError/linkOccupied(path:)``.
    public func addRoot(named name: String, to target: StorePath) throws {
        let directory = try DirectoryDescriptor.making(layout.rootsDirectory)
        try link(FileName(name), in: directory, to: target)
    }

    /// Makes or moves a user's link to `target`, and a root that points to the link: the path is
    /// kept until the link is removed or points elsewhere.
    ///
    /// - Parameter link: an absolute path.
    /// - Throws: ``LocalStoreError/linkOccupied(path:)`` when something else is there.
    public func addIndirectRoot(link: String, to target: StorePath) throws {
        let location = try TreeLocation(link)
        try addTemporaryRoots([target])
        try self.link(location.name, in: location.parent, to: target)
        try registerIndirectRoot(link: link)
    }

    /// Makes an existing link into the store a root.
    ///
    /// - Parameter link: an absolute path.
    public func registerIndirectRoot(link: String) throws {
        let directory = try DirectoryDescriptor.making(layout.automaticRootsDirectory)
        let name = try FileName(Digest.hash(link, .sha1).nix32)
        try directory.replaceSymlink(name, target: link)
    }

    /// Every link that keeps something, sorted by link.
    ///
    /// - Throws: when a directory of roots cannot be read: ignoring it could cost live paths.
    public func roots() throws -> [StoreRoot] {
        guard isPresent(layout.rootsDirectory) else { return [] }
        var roots: [StoreRoot] = []
        try collectRoots(in: .opening(layout.rootsDirectory), into: &roots)
        return roots.sorted { $0.link < $1.link }
    }

    private func collectRoots(
        in directory: borrowing DirectoryDescriptor, into roots: inout [StoreRoot]
    ) throws {
        let listing = try DirectoryListing(of: directory.reopened())
        for index in 0..<listing.count {
            let name = listing.name(at: index)
            guard let status = try directory.statusIfPresent(of: name) else { continue }
            switch status.kind {
            case .directory:
                try collectRoots(in: directory.openDirectory(name), into: &roots)
            case .regular:
                // A file named like a store item keeps it.
                guard let path = try? StorePath(baseName: name.string) else { continue }
                roots.append(StoreRoot(link: directory.path(of: name), target: path, kind: .direct))
            case .symlink:
                let text = try directory.readLink(name).description
                if let path = storePath(below: text) {
                    roots.append(
                        StoreRoot(link: directory.path(of: name), target: path, kind: .direct))
                } else if let second = try? TreeLocation(text),
                    let target = try? second.parent.readLink(second.name),
                    let path = storePath(below: target.description)
                {
                    roots.append(StoreRoot(link: text, target: path, kind: .indirect))
                }
            case .other: continue
            }
        }
    }

    /// The store item that `text` lies in: by its logical or its real path, or by any other, when
    /// it is in this store. The link may have been made when the store was reached through a link,
    /// a bind mount or a disk that is mounted elsewhere now, and what it keeps must stay.
    func storePath(below text: String) -> StorePath? {
        if let path = try? storeDirectory.parse(below: text) { return path }
        let prefix = layout.realStoreDirectory + "/"
        if text.hasPrefix(prefix),
            let path = try? StorePath(
                baseName: String(text.dropFirst(prefix.count).prefix { $0 != "/" }))
        {
            return path
        }
        for component in text.split(separator: "/") {
            guard let path = try? StorePath(baseName: String(component)),
                let name = try? path.fileName(),
                (try? folder.descriptor.statusIfPresent(of: name)) != nil
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
                storePath(below: try directory.readLink(name).description) != nil
            else { throw LocalStoreError.linkOccupied(path: directory.path(of: name)) }
        }
        try directory.replaceSymlink(name, target: layout.realPath(of: target))
    }
}

extension DirectoryDescriptor {
    /// Lets the symbolic link `name` point to `target`; there is always a link, old or new.
    fileprivate func replaceSymlink(_ name: FileName, target: String) throws {
        if let current = try? readLink(name), current == ByteString(target) { return }
        let temporary = try FileName(".\(getpid())-\(UInt32.random(in: .min ... .max)).tmp")
        try makeSymlink(temporary, target: ByteString(target))
        do { try rename(temporary, to: name, in: self) } catch {
            try? removeFile(temporary)
            throw error
        }
        // What it keeps must not be garbage after a power cut.
        try synchronise()
    }
}
