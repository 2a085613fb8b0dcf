public import StoreModel

/// Where the parts of a store lie, as a value: handed down from the command line, never looked up.
///
/// With a ``root``, paths keep their logical names (and so their hashes) and the bytes lie below
/// the root: `--root R` puts `/nodeos/store` into `R/nodeos/store`.
public struct StoreLayout: Hashable, Sendable {
    /// The logical store directory, part of every path's hash.
    public let storeDirectory: StoreDirectory
    /// The logical state directory.
    public let stateDirectory: String
    /// The directory below which both lie; `nil` for `/`.
    public let root: String?

    /// A layout.
    ///
    /// - Parameters:
    ///   - stateDirectory: absolute; holds database, roots, logs and locks.
    ///   - root: absolute, without a slash at its end.
    public init(
        storeDirectory: StoreDirectory = .nodeos, stateDirectory: String = "/nodeos/var/nodeos",
        root: String? = nil
    ) {
        self.storeDirectory = storeDirectory
        self.stateDirectory = stateDirectory
        self.root = root == "/" ? nil : root
    }

    /// Where the store directory really is.
    public var realStoreDirectory: String { (root ?? "") + storeDirectory.path }
    /// Where the state directory really is.
    public var realStateDirectory: String { (root ?? "") + stateDirectory }
    /// The SQLite file.
    public var databaseFile: String { databaseDirectory + "/db.sqlite" }
    /// The directory of the database and its lock.
    public var databaseDirectory: String { realStateDirectory + "/db" }
    /// A file for each valid path, from which the database can be made again.
    public var registrationsDirectory: String { realStateDirectory + "/registrations" }
    /// Links here keep what they point to from being collected.
    public var rootsDirectory: String { realStateDirectory + "/gcroots" }
    /// Links here point to users' links, which point into the store.
    public var automaticRootsDirectory: String { rootsDirectory + "/auto" }
    /// A file for each running process, with the paths it uses.
    public var temporaryRootsDirectory: String { realStateDirectory + "/temproots" }
    /// The compressed build logs.
    public var logDirectory: String { realStateDirectory + "/log/drvs" }
    /// Held shared while a temporary root is added, exclusively by a collector.
    public var collectorLock: String { realStateDirectory + "/gc.lock" }
    /// Where everything that is not valid yet is made: private, and in the store directory, so
    /// that finished items can be renamed into place. Its name can be no store path's.
    public var scratchDirectory: String { realStoreDirectory + "/" + Self.scratchName }

    static let scratchName = ".builds"

    /// Where the bytes of `path` are.
    public func realPath(of path: StorePath) -> String { realStoreDirectory + "/" + path.baseName }

    /// The log of `derivation` below ``logDirectory``, without the compression's suffix, as Nix
    /// lays logs out: `xx/rest-of-the-base-name`.
    public func logName(of derivation: StorePath) -> (folder: String, file: String) {
        let base = derivation.baseName
        return (String(base.prefix(2)), String(base.dropFirst(2)))
    }
}
