package import Archives
import Glibc
import StoreModel

/// A private directory for making one thing: a build, an added tree. On the store's file system,
/// so that what is finished can be renamed into the store; removed with everything in it when the
/// value goes.
///
/// A lock on the directory, held as long as its process lives, tells leftovers of dead processes
/// from work in progress.
package final class ScratchDirectory: Sendable {
    /// The directory.
    package let descriptor: DirectoryDescriptor
    private let parent: StoreFolder
    private let name: FileName
    private let kept = KeptFlag()

    /// The real path.
    package var path: String { descriptor.path }

    init(in parent: StoreFolder) throws {
        self.parent = parent
        while true {
            let random = UInt64.random(in: .min ... .max)
            let name = try FileName("\(getpid())-" + String(random, radix: 36))
            do { try parent.descriptor.makeDirectory(name, mode: 0o700) } catch ArchivesError
                .destinationExists
            { continue }
            // A cleaner may find the directory before it is locked: then make another.
            guard let descriptor = try Self.openIfPresent(name, in: parent),
                try FileLock.lock(
                    descriptor.rawValue, .exclusive, waits: false, path: descriptor.path),
                try parent.descriptor.statusIfPresent(of: name)?.identity
                    == descriptor.status().identity
            else { continue }
            // An access control list that it inherited would go on to all that is made in it.
            try descriptor.removeExtendedAttributes()
            self.descriptor = descriptor
            self.name = name
            return
        }
    }

    private static func openIfPresent(
        _ name: FileName, in parent: StoreFolder
    ) throws -> DirectoryDescriptor? {
        do {
            return try parent.descriptor.openDirectory(name)
        } catch ArchivesError
            .system(_, _, ENOENT)
        { return nil }
    }

    /// The directory of a download, the same for every run: what arrived in an earlier one is
    /// still there. It stays until ``discard()``.
    ///
    /// The caller holds the lock of `output`, so nobody else uses it.
    init(downloading output: StorePath, in parent: StoreFolder) throws {
        self.parent = parent
        name = try FileName(Self.downloadPrefix + output.hashPart)
        do { try parent.descriptor.makeDirectory(name, mode: 0o700) } catch ArchivesError
            .destinationExists
        {}
        descriptor = try parent.descriptor.openDirectory(name)
        try descriptor.removeExtendedAttributes()
        guard
            try FileLock.lock(descriptor.rawValue, .exclusive, waits: true, path: descriptor.path)
        else {
            throw LocalStoreError.cannotCreate(
                path: descriptor.path, reason: "another process holds it")
        }
        kept.set()
    }

    /// Removes the directory now; what cannot be removed, a later run removes.
    package func discard() {
        // It is no longer locked, and a later run removes it.
        try? removeTree(name, in: parent.descriptor)
        kept.set()
    }

    deinit {
        // What cannot be removed now, the next run removes.
        if !kept.isSet { try? removeTree(name, in: parent.descriptor) }
    }

    /// Leaves the directory for a person to look at, under a name that is never cleaned.
    ///
    /// - Parameter label: part of the name, such as the derivation's.
    /// - Returns: the new real path.
    package func keep(as label: String) throws -> String {
        var number = 0
        while true {
            let name = try FileName("\(Self.keptPrefix)\(label)-\(number)")
            if try parent.descriptor.statusIfPresent(of: name) == nil {
                try parent.descriptor.rename(self.name, to: name, in: parent.descriptor)
                kept.set()
                return parent.descriptor.path + "/" + name.string
            }
            number += 1
        }
    }

    static let keptPrefix = "kept-"
    private static let downloadPrefix = "download-"
    /// How long an unfinished download waits to be gone on with, in seconds: two weeks.
    private static let downloadLifetime: Int64 = 14 * 86_400

    /// Removes the scratch directories of dead processes.
    ///
    /// - Returns: how many were removed.
    static func removeLeftovers(in parent: borrowing DirectoryDescriptor) throws -> Int {
        let listing = try DirectoryListing(of: parent.reopened())
        var count = 0
        for index in 0..<listing.count {
            let name = listing.name(at: index)
            if name.string.hasPrefix(keptPrefix) { continue }
            guard let status = try parent.statusIfPresent(of: name) else { continue }
            if name.string.hasPrefix(downloadPrefix),
                status.modificationSeconds > Int64(time(nil)) - downloadLifetime
            {
                continue
            }
            if case .directory = status.kind {
                // Somebody else may clean at the same time. What cannot be removed keeps nobody from
                // adding or building; a later run tries again.
                guard let directory = try? parent.openDirectoryForcibly(name),
                    try FileLock.lock(
                        directory.rawValue, .exclusive, waits: false, path: directory.path)
                else { continue }
                // As above.
                try? removeTree(name, in: parent)
            } else {
                // As above.
                try? parent.removeFile(name)
            }
            count += 1
        }
        return count
    }
}
