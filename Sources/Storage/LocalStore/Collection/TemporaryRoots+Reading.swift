import Archives
import Glibc
import StoreModel

extension TemporaryRoots {
    /// The paths that running processes use, this one among them.
    ///
    /// - Parameter removesStale: whether to remove the files of processes that ended. Only who
    ///   holds the collector's lock may: a file may not be locked yet while it is made.
    static func read(_ layout: StoreLayout, removesStale: Bool) throws -> [StoreRoot] {
        guard
            let directory = try DirectoryDescriptor.openingIfPresent(
                layout.temporaryRootsDirectory)
        else { return [] }
        let listing = try DirectoryListing(of: directory.reopened())
        var roots: [StoreRoot] = []
        for index in 0..<listing.count {
            let name = listing.name(at: index)
            guard case .regular? = try directory.statusIfPresent(of: name)?.kind else { continue }
            do {
                let lock = try FileLock.acquire(name, in: directory, .exclusive, waits: false)
                if let lock {
                    if removesStale {
                        try directory.removeFile(name)
                        lock.markStale()
                    }
                    continue
                }
            } catch  where !removesStale {
                // Who may not lock the file only asks: better a live path too many.
            }
            let link = directory.path(of: name)
            let contents = try bytes(of: name, in: directory, mayFail: !removesStale)
            for text in contents.split(separator: 0) {
                // A process that could not write its path whole does not use it.
                let path = try? layout.storeDirectory.parse(
                    below: String(decoding: text, as: UTF8.self))
                guard let path else { continue }
                roots.append(StoreRoot(link: link, target: path, kind: .temporary))
            }
        }
        return roots
    }

    /// The bytes of a file; none when they may not be read and that `mayFail`: another user's
    /// file is for the owner's eyes, and who cannot collect need not know.
    private static func bytes(
        of name: FileName, in directory: borrowing DirectoryDescriptor, mayFail: Bool
    ) throws -> [UInt8] {
        do { return try directory.readFile(name) } catch ArchivesError.system(_, _, EACCES)
            where mayFail
        { return [] }
    }
}
