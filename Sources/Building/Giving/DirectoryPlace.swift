import Archives
import Glibc
import Primitives
import StoreModel

/// A binary cache in a directory, to be added to.
///
/// What was made in the work directory gets its name only when all of it is on the disk, NARs before the
/// narinfos that tell of them, and these in their order: whatever happens, no reader sees half.
package final class DirectoryPlace: CachePlace {
    private let cache: CacheDirectory
    private let work: WorkDirectory
    private let folder: DirectoryDescriptor
    private let nars: DirectoryDescriptor

    /// A place in `cache`.
    package init(_ cache: CacheDirectory) throws {
        self.cache = cache
        work = try WorkDirectory(in: "\(cache.path)/\(CacheDirectory.incomingName)")
        folder = try DirectoryDescriptor(opening: work.path)
        nars = try cache.root.openDirectory(FileName(CacheDirectory.narFolder))
    }

    package var url: String { cache.path }
    package var workDirectory: String { work.path }
    package var takesBatches: Bool { true }

    package func contents(of name: String, limit: Int) throws -> [UInt8]? {
        try cache.contents(of: name, limit: limit)
    }

    package func send(_ nar: PackedNAR, isAbandoned: @escaping () -> Bool) {}

    package func publish(_ entries: [CacheEntry], isAbandoned: @escaping () -> Bool) throws {
        for entry in entries {
            let name = try FileName(entry.narInfo.fileName)
            try folder.createFile(name, mode: 0o644).write(entry.text.span)
        }
        try folder.synchroniseFileSystem()
        for nar in entries.compactMap(\.nar) {
            try folder.rename(
                FileName(nar.path.pathComponents.last ?? ""),
                to: FileName(nar.name.pathComponents.last ?? ""), in: nars)
        }
        for entry in entries {
            let name = try FileName(entry.narInfo.fileName)
            try folder.rename(name, to: name, in: cache.root)
        }
    }

    package func put(_ bytes: [UInt8], as name: String) throws { try cache.put(bytes, as: name) }

    package func discard() { removeWork(work) }
    package func finish() throws { try folder.synchroniseFileSystem() }

    package func noteUse(of name: String) {
        // Only how old something looks to a collector; who may not write here changes nothing.
        try? cache.root.setModificationTime(Int64(time(nil)), of: FileName(name))
    }
}
