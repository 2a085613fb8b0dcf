import GRDB
import Glibc
import Primitives
public import StoreModel
import SystemSupport

/// Why the database could not answer or be changed. Nothing was changed when one is thrown: every
/// change is one transaction.
public enum StoreDatabaseError: Error, Sendable, CustomStringConvertible {
    /// There is no file: the store was not made yet, or another state directory is meant.
    case missing(file: String)
    /// The operating system or SQLite does not let the file be opened.
    case cannotOpen(file: String, reason: String)
    /// The file is damaged; going on could make lost paths look valid.
    case corrupt(file: String, reason: String)
    /// The file is an SQLite database of another program.
    case foreign(file: String)
    /// A newer program wrote the schema; this one could break what it does not know.
    case newerSchema(file: String, version: Int, supported: Int)
    /// The rows mean the paths of another store directory.
    case otherStore(file: String, recorded: String, expected: String)
    /// Another process held the write lock for ``StoreDatabase/busyTimeout``.
    case busy(file: String)
    /// The disk is full.
    case diskFull(file: String)
    /// The file or its disk is read-only.
    case readOnly(file: String)
    /// Any other failure that SQLite reports.
    case failed(file: String, reason: String)
    /// The path has no row.
    case notValid(StorePath)
    /// A path to be registered refers to one that is neither valid nor registered with it.
    case invalidReference(StorePath, reference: StorePath)
    /// Paths to be registered refer to each other in a circle.
    case cycle([StorePath])
    /// A path to be invalidated is referred to by one that stays.
    case stillReferenced(StorePath, by: StorePath)

    /// The sentence a user reads.
    public var description: String {
        switch self {
        case .missing(let file):
            "there is no store database '\(file)'"
        case .cannotOpen(let file, let reason):
            "cannot open the store database '\(file)': \(reason)"
        case .corrupt(let file, let reason):
            "the store database '\(file)' is damaged (\(reason))"
        case .foreign(let file):
            "'\(file)' is a database, but not of nodeos-store"
        case .newerSchema(let file, let version, let supported):
            "the store database '\(file)' has schema \(version), written by a newer nodeos-store; "
                + "this one knows schemas up to \(supported): use the newer program"
        case .otherStore(let file, let recorded, let expected):
            "the store database '\(file)' belongs to the store '\(recorded)', not to "
                + "'\(expected)'"
        case .busy(let file):
            "the store database '\(file)' was locked by another process for "
                + "\(Int(StoreDatabase.busyTimeout)) seconds; is one stopped or stuck?"
        case .diskFull(let file):
            "no space left for the store database '\(file)'; nothing was registered. Free space "
                + "and try again"
        case .readOnly(let file):
            "the store database '\(file)' cannot be written to; nothing was registered"
        case .failed(let file, let reason):
            "the store database '\(file)' reports: \(reason)"
        case .notValid(let path):
            "'\(path)' is not a valid path of this store"
        case .invalidReference(let path, let reference):
            "'\(path)' refers to '\(reference)', which is not valid; add that first"
        case .cycle(let paths):
            "these paths refer to each other in a circle: "
                + paths.map(\.baseName).joined(separator: " -> ")
        case .stillReferenced(let path, let referrer):
            "'\(path)' cannot go: '\(referrer)' refers to it"
        }
    }

    init(_ error: any Error, file: String) {
        if let known = error as? StoreDatabaseError {
            self = known
            return
        }
        guard let error = error as? DatabaseError else {
            self = .failed(file: file, reason: "\(error)")
            return
        }
        let reason = error.message ?? "SQLite error \(error.extendedResultCode.rawValue)"
        switch error.resultCode {
        case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_FORMAT:
            self = .corrupt(file: file, reason: reason)
        case .SQLITE_BUSY, .SQLITE_LOCKED: self = .busy(file: file)
        case .SQLITE_FULL: self = .diskFull(file: file)
        // The index of the write-ahead log that cannot grow is an "I/O error".
        case .SQLITE_IOERR where Self.isFull(file): self = .diskFull(file: file)
        case .SQLITE_READONLY, .SQLITE_PERM: self = .readOnly(file: file)
        case .SQLITE_CANTOPEN:
            let code: CInt = unsafe access(file.systemPath, R_OK) == 0 ? 0 : errno
            self = .cannotOpen(file: file, reason: code == 0 ? reason : systemMessage(code))
        default: self = .failed(file: file, reason: reason)
        }
    }

    private static func isFull(_ file: String) -> Bool {
        var status = statvfs()
        return unsafe statvfs(file.systemPath, &status) == 0
            && status.f_bavail * status.f_frsize < 65_536
    }
}
