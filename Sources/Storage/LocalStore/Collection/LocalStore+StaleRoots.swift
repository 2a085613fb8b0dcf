import Archives
import Glibc
import Primitives
import StoreDatabase
import StoreModel

extension LocalStore {
    /// The links in the roots directory that keep nothing: users' links that are gone or point
    /// elsewhere, and paths that are not valid. Sorted by link.
    public func staleRoots() throws -> [StaleRoot] {
        var stale: [StaleRoot] = []
        if isPresent(layout.automaticRootsDirectory) {
            let directory = try DirectoryDescriptor.opening(layout.automaticRootsDirectory)
            let listing = try DirectoryListing(of: directory.reopened())
            for index in 0..<listing.count {
                let name = listing.name(at: index)
                guard case .symlink? = try directory.statusIfPresent(of: name)?.kind else {
                    continue
                }
                let target = try directory.readLink(name).description
                if storePath(below: target) != nil { continue }
                if let (reason, isRemovable) = staleness(of: target) {
                    stale.append(
                        StaleRoot(
                            link: directory.path(of: name), target: target, reason: reason,
                            isRemovable: isRemovable))
                }
            }
        }
        let roots = try roots()
        let valid = try database.validPaths(among: roots.map(\.target))
        for root in roots where !valid.contains(root.target) {
            stale.append(
                StaleRoot(
                    link: root.link, target: storeDirectory.path(of: root.target),
                    reason: "the path is not valid", isRemovable: false))
        }
        return stale.sorted { $0.link < $1.link }
    }

    /// Removes the links to users' links that are gone.
    func removeStaleRoots() throws {
        let removable = try staleRoots().filter(\.isRemovable)
        guard !removable.isEmpty else { return }
        let directory = try DirectoryDescriptor.opening(layout.automaticRootsDirectory)
        for root in removable {
            guard let name = root.link.split(separator: "/").last else { continue }
            try? directory.removeFile(FileName(String(name)))
        }
    }

    /// Why the user's link `path` keeps nothing; `nil` when it does keep something.
    private func staleness(of path: String) -> (reason: String, isRemovable: Bool)? {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else {
            let code = errno
            // What cannot be looked at, on a disk that is away or in a closed directory, may be
            // there again tomorrow.
            return (systemText(code), code == ENOENT || code == ENOTDIR)
        }
        guard let location = try? TreeLocation(path),
            let target = try? location.parent.readLink(location.name)
        else { return ("it is no link", true) }
        if storePath(below: target.description) != nil { return nil }
        return ("it points to '\(target)', which is not in the store", true)
    }
}
