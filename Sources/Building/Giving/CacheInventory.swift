import Archives
import LocalStore
import Primitives
import StoreModel
import Substitutes

/// Everything that lies in a cache directory, found without reading NARs.
struct CacheInventory {
    /// A narinfo, and the file that it names.
    struct Entry: Sendable {
        let narInfo: NarInfo
        /// The size of the narinfo itself.
        let size: UInt64
        /// When it was given, asked for by who gives, or read, in seconds since 1970.
        let lastUse: Int64
        /// The size of the NAR's file; `nil` when it is not there.
        let narFileSize: UInt64?
    }

    /// By path.
    private(set) var entries: [StorePath: Entry] = [:]
    /// Narinfos that cannot be understood, and why.
    private(set) var malformed: [(name: String, reason: String)] = []
    /// Files below `nar` that no narinfo names: size, and when they were made.
    private(set) var orphans: [(name: String, size: UInt64, time: Int64)] = []
    /// The bytes of all files that are counted, each file once.
    private(set) var size: UInt64 = 0

    /// - Throws: when something cannot be read: what nobody could look at is not taken for absent.
    init(of cache: CacheDirectory, for store: StoreDirectory) throws {
        let listing = try DirectoryListing(of: cache.root.reopened())
        let ending = ".narinfo"
        var counted: Set<String> = []
        for index in 0..<listing.count {
            let file = listing.name(at: index)
            let name = file.description
            // Nix and this program write others beside it first, and rename them.
            guard name.hasSuffix(ending), !name.hasPrefix(".") else { continue }
            guard let status = try cache.root.statusIfPresent(of: file) else { continue }
            size.addSaturating(status.size)
            guard let narInfo = try read(name, in: cache, store) else { continue }
            let nar = try cache.withFolder(of: narInfo.url) { folder, file in
                try folder.statusIfPresent(of: file)?.size
            }
            let narFileSize = nar ?? nil
            if let narFileSize, counted.insert(narInfo.url).inserted {
                size.addSaturating(narFileSize)
            }
            entries[narInfo.info.path] = Entry(
                narInfo: narInfo, size: status.size,
                lastUse: try cache.root.lastUse(of: file),
                narFileSize: narFileSize)
        }
        try findOrphans(in: cache, named: counted)
    }

    private mutating func read(
        _ name: String, in cache: CacheDirectory, _ store: StoreDirectory
    ) throws -> NarInfo? {
        do {
            guard let bytes = try cache.contents(of: name, limit: NarInfo.maximumCount) else {
                return nil
            }
            let narInfo = try NarInfo(parsing: bytes, in: store)
            if narInfo.fileName == name { return narInfo }
            malformed.append((name, "it tells of '\(narInfo.info.path)'"))
        } catch let error as NarInfoError {
            malformed.append((name, "\(error)"))
        } catch let error as BinaryCacheError {
            malformed.append((name, "\(error)"))
        }
        return nil
    }

    private mutating func findOrphans(in cache: CacheDirectory, named: Set<String>) throws {
        let folderName = try FileName(CacheDirectory.narFolder)
        guard try cache.root.statusIfPresent(of: folderName) != nil else { return }
        let folder = try cache.root.openDirectory(folderName)
        let listing = try DirectoryListing(of: folder.reopened())
        for index in 0..<listing.count {
            let file = listing.name(at: index)
            let name = "\(CacheDirectory.narFolder)/\(file)"
            guard !named.contains(name), let status = try folder.statusIfPresent(of: file),
                case .regular = status.kind
            else { continue }
            size.addSaturating(status.size)
            orphans.append((name, status.size, status.modificationSeconds))
        }
    }
}
