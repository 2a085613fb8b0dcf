package import Archives
import Glibc
import Primitives
import StoreDatabase
package import StoreModel

extension LocalStore {
    /// Puts prepared trees in the place of valid paths that are damaged or gone. Whoever looks sees
    /// the old tree or the new one; who has files of the old one open keeps them.
    ///
    /// What the trees hold becomes what is registered: hash, size and references. The caller holds
    /// the locks of all their paths. Killed at any point, each path is as it was or repaired, or
    /// needs repair once more.
    package func replace(_ outputs: [PreparedOutput]) throws {
        guard !outputs.isEmpty else { return }
        try requireWritable()
        // Before a name leads to them: a power cut must not leave half of a tree under it.
        try synchronise()
        for output in outputs { try exchange(output) }
        try database.register(outputs.map(\.info))
        // As they are registered now, with the time and signatures they had.
        try registrations.write(database.infos(outputs.map(\.info.path)))
        try synchronise()
    }

    /// Makes prepared outputs valid; those of `damaged` that are valid are put in the place of what
    /// is there, all others that are valid stay as they are. See ``commit(_:)``.
    package func commit(_ outputs: [PreparedOutput], replacing damaged: Set<StorePath>) throws {
        let valid = try database.validPaths(
            among: outputs.map(\.info.path).filter { damaged.contains($0) })
        try commit(outputs.filter { !valid.contains($0.info.path) })
        try replace(outputs.filter { valid.contains($0.info.path) })
    }

    /// `paths`, the valid outputs of those that are derivations, and all they refer to.
    package func outputClosure(of paths: Set<StorePath>) throws -> [StorePath] {
        var roots = paths
        for path in paths where path.isDerivation {
            roots.formUnion(try database.validPaths(among: database.outputs(of: path).values))
        }
        return try database.closure(of: roots)
    }

    /// Those of `paths` that are valid, each after those that it refers to.
    package func dependenciesFirst(_ paths: [StorePath]) throws -> [StorePath] {
        let wanted = Set(paths)
        return try database.referenceGraph(below: paths).topologicalOrder()
            .filter { wanted.contains($0) }
    }

    private func exchange(_ output: PreparedOutput) throws {
        let source = output.folder
        let name = try output.info.path.fileName()
        guard let old = try folder.descriptor.statusIfPresent(of: name) else {
            return try place(output, as: name)
        }
        // Only root may give a directory without write permission another parent.
        if case .directory = old.kind {
            try folder.descriptor.openDirectoryForcibly(name).setMode(0o755)
        }
        var isDirectory = false
        if case .directory = try source.descriptor.status(of: output.name).kind {
            isDirectory = true
            try source.descriptor.setMode(0o755, of: output.name)
        }
        guard try changePlaces(output, name) else {
            // overlayfs gives no directory of a lower layer another name. For a moment nothing is
            // there; whoever dies then leaves a path that needs repair once more.
            try removeTree(name, in: folder.descriptor)
            return try place(output, as: name)
        }
        if isDirectory {
            let directory = try folder.descriptor.openDirectory(name)
            try directory.setMode(0o555)
            try directory.setModificationTime(canonicalModificationTime)
        }
    }

    /// Lets a prepared tree and what lies at its place change places.
    ///
    /// - Returns: false where the file system cannot do that with these two.
    private func changePlaces(_ output: PreparedOutput, _ name: FileName) throws -> Bool {
        do {
            try output.folder.descriptor.exchange(output.name, with: name, in: folder.descriptor)
            return true
        } catch .system(_, _, EXDEV) { return false }
    }

    /// Repairs a valid path from a directory of store items, such as the store directory of another
    /// machine's disk, mounted here. Nothing there is trusted: what is taken has the hash that is
    /// registered here.
    ///
    /// - Returns: whether it was there and had the right contents.
    package func repair(_ path: StorePath, fromItemsIn directory: String) throws -> Bool {
        let source = StoreFolder(try DirectoryDescriptor(opening: directory))
        guard try source.descriptor.status().identity != folder.descriptor.status().identity else {
            return false
        }
        return try repair(path) { name, target in
            try TreeFingerprint(
                reading: name, in: source.descriptor, candidates: [], wanted: nil,
                copy: TreeBuilder(name, in: target))
        }
    }

    /// Repairs a valid text, such as a `.drv`, from bytes that should be its contents.
    ///
    /// - Returns: whether they are.
    package func repair(_ path: StorePath, fromText text: [UInt8]) throws -> Bool {
        try repair(path) { name, target in
            let file = try target.createFile(name, mode: 0o600)
            try file.write(text.span)
            try file.setMode(0o444)
            try file.setModificationTime(canonicalModificationTime)
            return try TreeFingerprint(
                reading: name, in: target, candidates: [], wanted: nil, copy: nil)
        }
    }

    /// Repairs a valid path with a tree that `make` makes under the name and in the directory that
    /// it is given, metadata canonical.
    ///
    /// - Returns: whether it has the registered hash.
    /// - Throws: what `make` throws, but for what it cannot read.
    package func repairWithTree(
        _ path: StorePath, making make: (FileName, borrowing DirectoryDescriptor) throws -> Void
    ) throws -> Bool {
        try repair(path) { name, target in
            try make(name, target)
            return try TreeFingerprint(
                reading: name, in: target, candidates: [], wanted: nil, copy: nil)
        }
    }

    /// Makes a tree with `make`, and when it has the contents that `path` should have, puts it in the
    /// place of `path`.
    func repair(
        _ path: StorePath,
        _ make: (FileName, borrowing DirectoryDescriptor) throws -> TreeFingerprint
    ) throws -> Bool {
        try requireWritable()
        try addTemporaryRoots([path])
        let locks = try lockBlocking([path])
        defer { withExtendedLifetime(locks) {} }
        guard let info = try database.info(path) else { throw StoreDatabaseError.notValid(path) }
        let scratch = try makeScratch()
        let name = try path.fileName()
        let fingerprint: TreeFingerprint
        do { fingerprint = try make(name, scratch.descriptor) } catch let error as ArchivesError {
            // What cannot be read there is no source; a disk that is full here is an error.
            guard error.isAboutReading(outside: scratch.path) else { throw error }
            return false
        }
        var output = PreparedOutput(
            info: info, contentDigest: nil,
            folder: StoreFolder(try scratch.descriptor.reopened()), name: name, scratch: scratch)
        guard try isRight(&output, fingerprint) else { return false }
        try replace([output])
        return true
    }

    /// As ``statedContents(of:)``; an address that says nothing of the path proves nothing, nor does a
    /// derivation that is damaged or gone itself, which is told of that one.
    func provenContents(of info: PathInfo) throws -> StatedContents? {
        do { return try contentsStatedByWholeDerivations(of: info) } catch LocalStoreError
            .falseAddress
        { return nil }
    }

    /// As ``statedContents(of:)``, but for derivations that are damaged or gone.
    func contentsStatedByWholeDerivations(of info: PathInfo) throws -> StatedContents? {
        do { return try statedContents(of: info) } catch LocalStoreError.badDerivation {
            return nil
        } catch ArchivesError.system(_, _, ENOENT) { return nil }
    }

    /// Whether a tree is what is stated of its path, or else what was registered of it: that may have
    /// been wrong, and then the tree's hash and size become those that are registered.
    private func isRight(_ output: inout PreparedOutput, _ fingerprint: TreeFingerprint) throws
        -> Bool
    {
        let stated = try provenContents(of: output.info)
        let isRegistered =
            fingerprint.narHash == output.info.narHash
            && fingerprint.narSize == output.info.narSize
        guard let stated else { return isRegistered }
        if !isRegistered {
            output.info.narHash = fingerprint.narHash
            output.info.narSize = fingerprint.narSize
            // They were made of other contents.
            output.info.signatures = []
        }
        return try output.digest(for: stated) == stated.digest
    }
}

extension ArchivesError {
    /// Whether it is about what is read, and not about what is written below `directory`.
    fileprivate func isAboutReading(outside directory: String) -> Bool {
        switch self {
        case .system(_, let path, _): !path.hasPrefix(directory)
        default: true
        }
    }
}
