import Archives
package import StoreModel

extension LocalStore {
    /// A new private directory on the store's file system.
    ///
    /// - Parameter directory: another place for it, to make there what is never to be registered.
    package func makeScratch(in directory: String? = nil) throws -> ScratchDirectory {
        guard let directory else { return try ScratchDirectory(in: StoreFolder(scratchParent())) }
        return try ScratchDirectory(in: StoreFolder(DirectoryDescriptor(opening: directory)))
    }

    /// The private directory of a download, with what earlier runs have fetched in its `build`.
    ///
    /// The caller holds the lock of `output`.
    package func makeDownloadDirectory(for output: StorePath) throws -> ScratchDirectory {
        let directory = try ScratchDirectory(
            downloading: output, in: StoreFolder(scratchParent()))
        // What a killed run's sandbox left beside the file.
        for name in ["store", "dev"] { try removeTree(FileName(name), in: directory.descriptor) }
        return directory
    }

    /// Removes what dead processes left in the scratch directory; before anything is built or added.
    ///
    /// - Returns: how many leftovers were removed.
    @discardableResult
    package func removeLeftovers() throws -> Int {
        try ScratchDirectory.removeLeftovers(in: scratchParent())
    }

    private func scratchParent() throws -> DirectoryDescriptor {
        let name = try FileName(StoreLayout.scratchName)
        do { try folder.descriptor.makeDirectory(name, mode: 0o700) } catch ArchivesError
            .destinationExists
        {}
        let parent = try folder.descriptor.openDirectory(name)
        // A copy of a store may have lost it.
        if try parent.status().mode != 0o700 { try parent.setMode(0o700) }
        return parent
    }
}
