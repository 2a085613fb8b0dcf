import Archives
import Glibc
import Primitives
package import StoreDatabase
package import StoreModel
import SystemSupport

/// A store on this machine: bytes, rows, locks and roots together.
///
/// A thin facade; each part lives in its own file. Calls are synchronous and may come from any
/// thread. Order of work for anything new: a temporary root, the path's lock, the validity looked
/// at again, the bytes made in a scratch directory, metadata canonical, renamed into place, one
/// `syncfs`, one transaction. Killed in between, a path is valid and whole, or not valid and removed
/// by whoever makes it next.
package final class LocalStore: Sendable {
    /// Where everything lies.
    package let layout: StoreLayout
    /// Which paths are valid, and what is known of them.
    package let database: StoreDatabase
    /// Derivations read from the store, and what they count as in others' hashes.
    package let derivations: DerivationCatalog

    /// Why what is in this store may be somebody else's doing; a store with faults is only asked, never
    /// changed.
    package let faults: [StoreFault]

    let folder: StoreFolder
    let temporaryRoots: TemporaryRoots
    let registrations: RegistrationFolder
    let sync = SharedRun()

    /// The logical store directory.
    package var storeDirectory: StoreDirectory { layout.storeDirectory }

    /// Opens the store of `layout`.
    ///
    /// - Parameter access: ``StoreDatabase/Access/create`` makes what is missing; with
    ///   ``StoreDatabase/Access/readWrite``, a store that this user may not write to is opened
    ///   read-only.
    /// - Throws: ``LocalStoreError`` or ``StoreDatabaseError``: among others when the database
    ///   belongs to another store directory, or is gone while the store is not; when somebody else
    ///   could change the store, and it is to be changed.
    package init(opening layout: StoreLayout, access: StoreDatabase.Access = .readWrite) throws {
        self.layout = layout
        registrations = RegistrationFolder(layout)
        faults = try StoreFault.all(in: layout)
        if let fault = faults.first(where: \.isOfWrongType) { throw LocalStoreError.unsafe(fault) }
        var access = access
        if try !Self.hasDatabase(layout) {
            // An empty one would turn everything here into garbage.
            guard try Self.isEmpty(layout) || Self.hasDatabase(layout) else {
                throw LocalStoreError.lostDatabase(file: layout.databaseFile)
            }
            if access == .create {
                try Self.requireSafe(faults)
                try Self.makeDirectories(layout)
            }
        }
        guard try isThere(layout.realStoreDirectory) else {
            throw LocalStoreError.missingStore(path: layout.realStoreDirectory)
        }
        if access != .readOnly, try isThere(layout.databaseFile),
            !isWritable(layout.databaseFile) || !isWritable(layout.databaseDirectory)
        {
            access = .readOnly
        }
        if access != .readOnly { try Self.requireSafe(faults) }
        folder = StoreFolder(try .opening(layout.realStoreDirectory))
        database = try StoreDatabase(
            path: layout.databaseFile, storeDirectory: layout.storeDirectory, access: access)
        derivations = DerivationCatalog(
            folder: folder, database: database, storeDirectory: layout.storeDirectory)
        temporaryRoots = TemporaryRoots(layout: layout)
        if !database.isReadOnly, try !registrations.exists {
            try registrations.make(from: database)
        }
    }

    /// Refuses to change a store that somebody else can change.
    static func requireSafe(_ faults: [StoreFault]) throws(LocalStoreError) {
        if let fault = faults.first { throw .unsafe(fault) }
    }

    /// Whether there is a database file with a schema in it, in its log at least.
    private static func hasDatabase(_ layout: StoreLayout) throws -> Bool {
        guard try isThere(layout.databaseFile) else { return false }
        var status = stat()
        if unsafe stat((layout.databaseFile + "-wal").systemPath, &status) == 0, status.st_size > 0
        {
            return true
        }
        // Who opens it will say why it cannot be read.
        guard isReadable(layout.databaseFile) else { return true }
        // SQLite's header; the schema's version stands at byte 60. It is 0 when the log that held
        // the schema is gone.
        var header = [UInt8](repeating: 0, count: 64)
        let count = try OpenFile(reading: layout.databaseFile).read(into: &header, count: 64)
        guard count > 0 else { return false }
        return count < 64 || header[60...].contains { $0 != 0 }
    }

    /// Whether neither the store directory nor the registrations hold anything that was valid.
    private static func isEmpty(_ layout: StoreLayout) throws -> Bool {
        guard try RegistrationFolder(layout).isEmpty() else { return false }
        guard try isThere(layout.realStoreDirectory) else { return true }
        return try itemsOnDisk(in: .opening(layout.realStoreDirectory)).isEmpty
    }

    /// Makes the directories of a new store.
    static func makeDirectories(_ layout: StoreLayout) throws(LocalStoreError) {
        let shared = [
            layout.realStoreDirectory, layout.databaseDirectory, layout.automaticRootsDirectory,
            layout.temporaryRootsDirectory, layout.logDirectory, layout.registrationsDirectory,
        ]
        for path in shared { try DirectoryDescriptor.makeDirectories(path, mode: 0o755) }
        try DirectoryDescriptor.makeDirectories(layout.scratchDirectory, mode: 0o700)
        ReservedSpace(layout).take()
    }

    /// Refuses to begin what could not be registered.
    func requireWritable() throws(StoreDatabaseError) {
        if database.isReadOnly { throw .readOnly(file: layout.databaseFile) }
    }

    /// The time of registrations made now, in seconds since 1970.
    static var now: Int64 { Int64(time(nil)) }
}

/// An open store directory that several values share.
final class StoreFolder: Sendable {
    let descriptor: DirectoryDescriptor

    init(_ descriptor: consuming DirectoryDescriptor) { self.descriptor = descriptor }
}

extension StorePath {
    /// The name of the item in the store directory.
    func fileName() throws(ArchivesError) -> FileName { try FileName(baseName) }
}
