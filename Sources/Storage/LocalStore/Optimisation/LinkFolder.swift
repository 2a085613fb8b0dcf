import Archives
import Glibc
import Primitives
import Synchronization

/// `.links` in the store directory (`docs/decisions/0007-sharing-bytes.md`): for every content of a file
/// that was seen, a name of one file that has it, made of the digest of that file's own NAR, so that the
/// executable bit counts.
final class LinkFolder: Sendable {
    /// What became of a file.
    enum Outcome: Equatable {
        /// It shares its bytes with the entry already, or became the entry.
        case unique
        /// It shares its bytes with the entry now.
        case shared
        /// As ``unique``: the entry was damaged, and is this file now.
        case replacedDamaged
        /// As ``unique``: the entry has as many names as it may, and is this file now.
        case replacedFull
    }

    let descriptor: DirectoryDescriptor
    /// Whether files cannot share bytes without being one file; found out by the first attempt.
    private let lacksClones = KeptFlag()
    /// Held while names in the folder change. The kernel has a lock of its own for that, but there
    /// threads do not sleep while they wait: half of the time of an `optimise` went that way.
    private let changing = Mutex(())

    /// Its name in the store directory, which can be no store path's.
    static let name = ".links"

    /// Opens the folder of `store`; makes it when it is missing.
    init(in store: borrowing DirectoryDescriptor) throws {
        let name = try FileName(Self.name)
        do {
            try store.makeDirectory(name, mode: 0o755)
            try store.setMode(0o755, of: name)
        } catch ArchivesError.destinationExists {}
        descriptor = try store.openDirectory(name)
    }

    /// The folder's name for the file `name` in `directory`, which is read.
    static func key(of name: FileName, in directory: borrowing DirectoryDescriptor) throws
        -> FileName
    {
        var sink = DigestSink()
        try dumpTree(name, in: directory, to: &sink)
        return try FileName(sink.digest().nix32)
    }

    /// The files of the entries.
    func identities() throws -> Set<FileIdentity> {
        let listing = try DirectoryListing(of: descriptor.reopened())
        var identities: Set<FileIdentity> = []
        for index in 0..<listing.count {
            guard let status = try descriptor.statusIfPresent(of: listing.name(at: index)) else {
                continue
            }
            identities.insert(status.identity)
        }
        return identities
    }

    /// Lets the file `name` in `directory` share its bytes with the entry `key`, or makes it the
    /// entry. Whoever reads the file meanwhile reads the same bytes.
    func share(_ name: FileName, in directory: borrowing DirectoryDescriptor, key: FileName)
        throws -> Outcome
    {
        while true {
            if try becomesEntry(name, in: directory, key: key) { return .unique }
            if let outcome = try shareWithEntry(name, in: directory, key: key) { return outcome }
            // A collector took the entry away. A file that is gone itself ends the loop.
        }
    }

    /// Makes the file the entry, when there is none.
    private func becomesEntry(
        _ name: FileName, in directory: borrowing DirectoryDescriptor, key: FileName
    ) throws(ArchivesError) -> Bool {
        do throws(ArchivesError) {
            // Most files meet an entry; looking for it takes no lock.
            if try descriptor.statusIfPresent(of: key) != nil { return false }
            try changing.withLock { _ throws(ArchivesError) in
                try descriptor.makeLink(key, to: name, in: directory)
            }
            return true
        } catch {
            switch error {
            case .destinationExists: return false
            // It has all the names it may have, and does without this one.
            case .system(_, _, EMLINK): return true
            default: throw error
            }
        }
    }

    /// Shares the bytes of the entry; `nil` when there is none, or another one by now.
    private func shareWithEntry(
        _ name: FileName, in directory: borrowing DirectoryDescriptor, key: FileName
    ) throws -> Outcome? {
        let status = try directory.status(of: name)
        guard let entry = try descriptor.statusIfPresent(of: key) else { return nil }
        if status.identity == entry.identity { return .unique }
        var isSame = isGood(entry, for: status)
        if isSame { isSame = try hasSameBytes(name, in: directory, as: key, status.size) }
        guard isSame else {
            // What is damaged must not spread: this file was hashed just now.
            guard try Self.key(of: name, in: directory) == key else { return .unique }
            return try replace(key, entry.identity, with: name, in: directory)
                ? .replacedDamaged : nil
        }
        if let outcome = try cloned(name, in: directory, key: key) { return outcome }
        return try linked(name, in: directory, key: key, entry.identity)
    }

    private func hasSameBytes(
        _ name: FileName, in directory: borrowing DirectoryDescriptor, as key: FileName,
        _ size: UInt64
    ) throws -> Bool {
        let file = try directory.openFile(name)
        let entry = try descriptor.openFile(key)
        // Small buffers for small files: clearing large ones would take longer than reading.
        return try areSame(file, entry, buffer: Int(clamping: min(size, 131_071) + 1))
    }

    /// Whether an entry looks like what it should be: as large, and with a store's metadata.
    private func isGood(_ link: NodeStatus, for status: NodeStatus) -> Bool {
        guard case .regular = link.kind else { return false }
        return link.size == status.size && link.mode == status.mode && link.user == status.user
            && link.modificationSeconds == canonicalModificationTime
    }

    /// Whether the file shares its bytes with the entry, without being it.
    func isClone(
        _ name: FileName, in directory: borrowing DirectoryDescriptor, key: FileName
    ) throws -> Bool {
        let file = try directory.openFile(name)
        let entry = try descriptor.openFile(key)
        return file.sharesBytes(with: entry)
    }

    /// Shares the bytes and leaves two files; `nil` where the file system cannot.
    private func cloned(
        _ name: FileName, in directory: borrowing DirectoryDescriptor, key: FileName
    ) throws -> Outcome? {
        guard !lacksClones.isSet else { return nil }
        let file = try directory.openFile(name)
        let entry = try descriptor.openFile(key)
        switch try file.shareBytes(of: entry) {
        case .shared: return .shared
        case .alreadyShared, .different: return .unique
        case .unsupported:
            lacksClones.set()
            return nil
        }
    }

    /// Makes the file a name of the entry; `nil` when that is another one by now.
    private func linked(
        _ name: FileName, in directory: borrowing DirectoryDescriptor, key: FileName,
        _ entry: FileIdentity
    ) throws -> Outcome? {
        let temporary = try Self.temporaryName()
        if try isFull(linking: temporary, to: key) {
            return try replace(key, entry, with: name, in: directory) ? .replacedFull : nil
        }
        do {
            try changing.withLock { _ throws(ArchivesError) in
                try descriptor.rename(temporary, to: name, in: directory)
            }
        } catch {
            // Why it is not shared matters more; `removeUnused` finds what stays.
            try? descriptor.removeFile(temporary)
            throw error
        }
        return .shared
    }

    /// Gives the entry one more name here.
    ///
    /// - Returns: whether it has as many as it may.
    private func isFull(linking temporary: FileName, to key: FileName) throws(ArchivesError) -> Bool
    {
        do throws(ArchivesError) {
            try changing.withLock { _ throws(ArchivesError) in
                try descriptor.makeLink(temporary, to: key, in: descriptor)
            }
            return false
        } catch {
            if case .system(_, _, EMLINK) = error { return true }
            throw error
        }
    }

    /// Makes the file the entry in place of `old`.
    ///
    /// - Returns: `false` when `old` is no longer the entry: another thread met the same contents,
    ///   and two that replace each other's entry would not share their bytes.
    private func replace(
        _ key: FileName, _ old: FileIdentity, with name: FileName,
        in directory: borrowing DirectoryDescriptor
    ) throws -> Bool {
        try changing.withLock { _ in
            guard try descriptor.statusIfPresent(of: key)?.identity == old else { return false }
            try putInPlace(of: key, name, in: directory)
            return true
        }
    }

    private func putInPlace(
        of key: FileName, _ name: FileName, in directory: borrowing DirectoryDescriptor
    ) throws {
        let temporary = try Self.temporaryName()
        try descriptor.makeLink(temporary, to: name, in: directory)
        do { try descriptor.rename(temporary, to: key, in: descriptor) } catch {
            // No file takes the place of a directory.
            try removeTree(key, in: descriptor)
            try descriptor.rename(temporary, to: key, in: descriptor)
        }
    }

    private static let temporaryPrefix = "tmp-"

    private static func temporaryName() throws -> FileName {
        try FileName("\(temporaryPrefix)\(getpid())-\(UInt64.random(in: .min ... .max))")
    }

    /// Removes the entries that no store item has any more, and what killed processes left.
    func removeUnused() throws {
        let listing = try DirectoryListing(of: descriptor.reopened())
        for index in 0..<listing.count {
            let name = listing.name(at: index)
            guard let status = try descriptor.statusIfPresent(of: name) else { continue }
            let isOld = status.changeSeconds < Int64(time(nil)) - 3600
            if name.string.hasPrefix(Self.temporaryPrefix) ? isOld : status.linkCount < 2 {
                try descriptor.removeIfPresent(name)
            }
        }
    }
}

/// Whether two files have the same bytes from here to their ends.
private func areSame(
    _ first: borrowing OpenFile, _ second: borrowing OpenFile, buffer: Int
) throws(ArchivesError) -> Bool {
    var left = [UInt8](repeating: 0, count: buffer)
    var right = left
    while true {
        let count = try fill(&left, from: first)
        guard try fill(&right, from: second) == count, left[..<count] == right[..<count] else {
            return false
        }
        if count < left.count { return true }
    }
}

/// Reads until `buffer` is full or the file ends.
private func fill(
    _ buffer: inout [UInt8], from file: borrowing OpenFile
) throws(ArchivesError) -> Int {
    var filled = 0
    var rest = [UInt8](repeating: 0, count: buffer.count)
    while filled < buffer.count {
        let got = try file.read(into: &rest, count: buffer.count - filled)
        if got == 0 { break }
        buffer.replaceSubrange(filled..<(filled + got), with: rest[..<got])
        filled += got
    }
    return filled
}
