package import Primitives
import SystemSupport

/// Why reading, writing or unpacking a file tree stopped.
///
/// Every case stops the whole operation: a tree that is incomplete or not what it says must never
/// get a store path.
package enum ArchivesError: Error, Hashable, Sendable {
    /// A system call failed on `path`.
    case system(operation: String, path: String, code: Int32)
    /// A file name that no directory entry can have, or that would leave its directory.
    case invalidName(ByteString, reason: String)
    /// A NAR that breaks a rule of the format at this byte.
    case malformedNAR(offset: UInt64, reason: String)
    /// The parts of a tree were pushed in an order that no NAR can hold.
    case invalidTree(reason: String)
    /// Only regular files, directories and symbolic links can be kept.
    case unsupportedFileType(path: String, type: String)
    /// A file has a hard link outside of the tree: whoever holds it could change the store.
    case foreignHardLink(path: String, inTree: UInt64, links: UInt64)
    /// A file belongs to somebody else, who could change it later.
    case foreignOwner(path: String, user: UInt32)
    /// A file changed its size while it was read.
    case changedWhileReading(path: String)
    /// More directory levels than a NAR may have.
    case tooDeep(path: String)
    /// The place to unpack to is taken.
    case destinationExists(path: String)
    /// libarchive could not read or write the archive.
    case damagedArchive(archive: String, entry: String?, message: String)
    /// An entry of the archive that would be dangerous to unpack.
    case refusedEntry(archive: String, entry: String, reason: String)
    /// The archive unpacks to more than was allowed: perhaps a decompression bomb.
    case limitExceeded(archive: String, limit: String)
    /// More entries than are kept in memory.
    case tooManyEntries(limit: Int)
    /// The path is not in the archive.
    case notInArchive(path: String)
}

extension ArchivesError: CustomStringConvertible {
    /// The sentence for people: what was wrong, where, and what to do.
    package var description: String { sentence.oneLine }

    private var sentence: String {
        switch self {
        case .system(let operation, let path, let code):
            "cannot \(operation) '\(path)': \(systemMessage(code))"
        case .invalidName(let name, let reason):
            "'\(name)' is not a valid file name: \(reason)"
        case .malformedNAR(let offset, let reason):
            "malformed NAR at byte \(offset): \(reason)"
        case .invalidTree(let reason):
            "this file tree cannot be written as a NAR: \(reason)"
        case .unsupportedFileType(let path, let type):
            "'\(path)' is a \(type); a store item may hold only regular files, directories and "
                + "symbolic links"
        case .foreignHardLink(let path, let inTree, let links):
            "'\(path)' has \(links) hard links, but only \(inTree) in this tree; "
                + "copy the file instead of linking it"
        case .foreignOwner(let path, let user):
            "'\(path)' belongs to user \(user) and cannot be taken over; root can give it to you: "
                + "'chown -hR USER'"
        case .changedWhileReading(let path):
            "'\(path)' changed while it was read; try again when nothing writes to it"
        case .tooDeep(let path):
            "'\(path)' lies deeper than the 63 directory levels a NAR may have"
        case .destinationExists(let path):
            "'\(path)' exists already; remove it or choose another destination"
        case .damagedArchive(let archive, let entry, let message):
            "cannot read archive '\(archive)'\(entry.map { ", entry '\($0)'" } ?? ""): \(message)"
        case .refusedEntry(let archive, let entry, let reason):
            "refused entry '\(entry)' of archive '\(archive)': \(reason)"
        case .limitExceeded(let archive, let limit):
            "archive '\(archive)' unpacks to more than \(limit); if it is meant to, raise the limit"
        case .tooManyEntries(let limit):
            "the archive has more than \(limit) entries"
        case .notInArchive(let path):
            "'\(path)' is not in the archive"
        }
    }
}
