import Archives
import Glibc
import Primitives
import StoreDatabase
package import StoreModel

extension LocalStore {
    /// Gives the files of a valid path their canonical metadata again (`docs/formats/nar.md`), in place:
    /// who has files of it open keeps them, and what shares its bytes with other paths still does.
    ///
    /// - Returns: whether the path is whole now: with canonical metadata, and the contents that
    ///   are registered and stated.
    /// - Throws: why it cannot be done: for a user, files of somebody else's are out of reach.
    package func repairMetadata(of path: StorePath) throws -> Bool {
        try requireWritable()
        try addTemporaryRoots([path])
        let locks = try lockBlocking([path])
        defer { withExtendedLifetime(locks) {} }
        guard let info = try database.info(path) else { throw StoreDatabaseError.notValid(path) }
        let name = try path.fileName()
        guard try folder.descriptor.statusIfPresent(of: name) != nil else { return false }
        // A path that it shares files with may have been put right just now.
        if try hasFaults(name) {
            // Nearly always no file of it is shared; what is costs a look at all that are.
            if try !canonicalise(name, shared: []) {
                try canonicaliseItem(name, in: folder.descriptor, shared: linkedFiles())
            }
            try synchronise()
        }
        // Somebody may have been able to write to it until now.
        let fingerprint = try TreeFingerprint(
            reading: name, in: folder.descriptor, candidates: [], wanted: nil, copy: nil)
        guard fingerprint.narHash == info.narHash, fingerprint.narSize == info.narSize else {
            return false
        }
        // What was registered may be of wrong contents.
        guard let stated = try provenContents(of: info) else { return true }
        if stated.isOfNAR { return stated.digest == info.narHash }
        return try Self.digest(of: name, in: folder.descriptor, for: stated) == stated.digest
    }

    /// Repairs a valid path with fresh files that have the contents of those that are there.
    ///
    /// - Returns: whether these are the registered contents.
    package func repairWithItsCopy(_ path: StorePath) throws -> Bool {
        try repair(path) { name, target in
            try TreeFingerprint(
                reading: name, in: folder.descriptor, candidates: [], wanted: nil,
                copy: TreeBuilder(name, in: target))
        }
    }

    /// - Returns: false when a file has a name elsewhere and is not one of `shared`.
    private func canonicalise(_ name: FileName, shared: Set<FileIdentity>) throws -> Bool {
        do { try canonicaliseItem(name, in: folder.descriptor, shared: shared) } catch {
            if case ArchivesError.foreignHardLink = error { return false }
            throw error
        }
        return true
    }

    private func hasFaults(_ name: FileName) throws -> Bool {
        let owner = try folder.descriptor.status().user
        do {
            return try !metadataFaults(of: name, in: folder.descriptor, owner: owner, limit: 1)
                .isEmpty
        } catch {
            // A mode that does not even let its owner look.
            if case ArchivesError.system(_, _, EACCES) = error { return true }
            throw error
        }
    }

    /// The files that store paths share.
    private func linkedFiles() throws -> Set<FileIdentity> {
        guard
            try folder.descriptor.statusIfPresent(of: FileName(LinkFolder.name)) != nil
        else { return [] }
        return try LinkFolder(in: folder.descriptor).identities()
    }
}
