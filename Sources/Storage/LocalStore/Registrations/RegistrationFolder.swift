import Archives
import Glibc
import StoreDatabase
import StoreModel

/// The registrations of all valid paths as files, one each, from which the database can be made
/// again (`docs/formats/registrations.md`).
///
/// A file is written before the path is registered and removed after it was forgotten: every valid
/// path has one, and one without a valid path is a leftover.
struct RegistrationFolder {
    let layout: StoreLayout

    init(_ layout: StoreLayout) { self.layout = layout }

    private static let suffix = ".narinfo"

    /// Whether the folder is there; stores of older programs get it when they are first written to.
    var exists: Bool {
        get throws { try isThere(layout.registrationsDirectory) }
    }

    /// Whether it holds anything.
    func isEmpty() throws -> Bool {
        guard try exists else { return true }
        return try DirectoryListing(of: .opening(layout.registrationsDirectory), limit: 1).count
            == 0
    }

    /// Writes the registrations of `infos`, replacing earlier ones. They are on disk when the
    /// file system is synchronised next.
    func write(_ infos: [PathInfo]) throws {
        try write(infos, in: .opening(layout.registrationsDirectory))
    }

    private func write(_ infos: [PathInfo], in directory: borrowing DirectoryDescriptor) throws {
        for info in infos {
            let text = Array(Registration(info).text(in: layout.storeDirectory).utf8)
            let name = try Self.name(of: info.path)
            do { try directory.write(text, to: name) } catch ArchivesError.destinationExists {
                // Nobody may see half of a registration that is valid.
                let temporary = try FileName("\(getpid())-\(UInt32.random(in: .min ... .max)).tmp")
                try directory.write(text, to: temporary)
                try directory.rename(temporary, to: name, in: directory)
            }
        }
    }

    /// Removes the registrations of `paths`, as far as there are any.
    func remove(_ paths: [StorePath]) throws {
        guard !paths.isEmpty else { return }
        let directory = try DirectoryDescriptor.opening(layout.registrationsDirectory)
        for path in paths { try directory.removeIfPresent(Self.name(of: path)) }
    }

    /// Removes what belongs to no path of `hashParts`.
    func removeAll(except hashParts: Set<String>) throws {
        guard try exists else { return }
        let directory = try DirectoryDescriptor.opening(layout.registrationsDirectory)
        let listing = try DirectoryListing(of: directory.reopened())
        for index in 0..<listing.count {
            let name = listing.name(at: index)
            if !hashParts.contains(String(name.string.prefix(StorePath.hashPartCount))) {
                try directory.removeIfPresent(name)
            }
        }
    }

    /// What the folder says of one path.
    enum Entry {
        /// A registration.
        case registration(PathInfo)
        /// A file that cannot be read as one, and why.
        case damaged(String)
    }

    /// Everything in the folder by hash part.
    func read() throws -> [String: Entry] {
        guard try exists else { return [:] }
        let directory = try DirectoryDescriptor.opening(layout.registrationsDirectory)
        let listing = try DirectoryListing(of: directory.reopened())
        var entries: [String: Entry] = [:]
        entries.reserveCapacity(listing.count)
        for index in 0..<listing.count {
            let name = listing.name(at: index)
            guard name.string.hasSuffix(Self.suffix) else { continue }
            let hashPart = String(name.string.dropLast(Self.suffix.utf8.count))
            entries[hashPart] = read(name, in: directory)
        }
        return entries
    }

    /// What the folder says of `path`; `nil` when it says nothing.
    func read(_ path: StorePath) throws -> Entry? {
        let directory = try DirectoryDescriptor.opening(layout.registrationsDirectory)
        let name = try Self.name(of: path)
        return try directory.statusIfPresent(of: name) == nil ? nil : read(name, in: directory)
    }

    private func read(_ name: FileName, in directory: borrowing DirectoryDescriptor) -> Entry {
        do {
            let info = try Registration(
                parsing: directory.readFile(name), in: layout.storeDirectory
            ).info
            return name.string == info.path.hashPart + Self.suffix
                ? .registration(info) : .damaged("it is of another path, '\(info.path)'")
        } catch { return .damaged("\(error)") }
    }

    /// Makes the folder of a store that has none, as of `database` now.
    func make(from database: StoreDatabase) throws {
        let state = try DirectoryDescriptor.opening(layout.realStateDirectory)
        // Another first user waits for this one.
        let lock = try FileLock.acquire(
            FileName("registrations.lock"), in: state, .exclusive, waits: true)
        guard try !exists else { return }
        let name = try FileName("registrations.new")
        try removeTree(name, in: state)
        try state.makeDirectory(name, mode: 0o755)
        try state.setMode(0o755, of: name)
        try write(database.allInfos(), in: state.openDirectory(name))
        try state.synchroniseFileSystem()
        try state.rename(name, to: FileName("registrations"), in: state)
        lock?.release()
    }

    private static func name(of path: StorePath) throws -> FileName {
        try FileName(path.hashPart + suffix)
    }
}

extension DirectoryDescriptor {
    /// Creates the file `name`, which must not exist.
    fileprivate func write(_ bytes: [UInt8], to name: FileName) throws(ArchivesError) {
        let file = try createFile(name, mode: 0o644)
        // Whatever the umask: `db check` of other users reads it.
        try file.setMode(0o644)
        try file.write(bytes.span)
    }
}
