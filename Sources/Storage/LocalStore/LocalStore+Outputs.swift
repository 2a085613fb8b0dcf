import Archives
package import Primitives
import StoreDatabase
package import StoreModel
import SystemSupport

extension LocalStore {
    /// Gives the outputs of a build the metadata of the store, hashes and scans them. They stay
    /// where nobody else can reach them.
    ///
    /// - Parameters:
    ///   - outputs: the paths; each lies as a directory entry with the path's base name in
    ///     `folder`.
    ///   - folder: a directory in `scratch`, such as `store`.
    ///   - candidates: the paths that may be found in them: the input closure. The outputs
    ///     themselves are looked for too.
    ///   - unscanned: outputs in which nothing is looked for: they refer to nothing.
    ///   - deriver: the derivation that made them.
    ///   - fixed: for a fixed output, how its digest is made; then ``PreparedOutput/contentDigest``
    ///     is that digest, and the content address is filled in.
    /// - Throws: ``LocalStoreError/missingOutput(_:)``, `ArchivesError` for devices, sockets and
    ///   hard links out of the outputs.
    package func prepareOutputs(
        _ outputs: [StorePath], in folder: String, of scratch: ScratchDirectory,
        candidates: some Sequence<StorePath>, unscanned: Set<StorePath> = [],
        deriver: StorePath?,
        fixed: (method: ContentAddressMethod, algorithm: HashAlgorithm)? = nil
    ) throws -> [PreparedOutput] {
        let parent = StoreFolder(try scratch.descriptor.openDirectory(FileName(folder)))
        let names = try outputs.map { try $0.fileName() }
        for (output, name) in zip(outputs, names)
        where try parent.descriptor.statusIfPresent(of: name) == nil {
            throw LocalStoreError.missingOutput(output)
        }
        // All at once: a file may have names in two outputs.
        try canonicaliseMetadata(of: names, in: parent.descriptor)
        var paths: [String: StorePath] = [:]
        paths.reserveCapacity(candidates.underestimatedCount + outputs.count)
        for path in candidates { paths[path.hashPart] = path }
        for path in outputs { paths[path.hashPart] = path }
        let hashParts = Array(paths.keys)
        return try zip(outputs, names).map { output, name in
            let fingerprint = try TreeFingerprint(
                reading: name, in: parent.descriptor,
                candidates: unscanned.contains(output) ? [] : hashParts, wanted: fixed, copy: nil)
            let info = PathInfo(
                path: output, narHash: fingerprint.narHash, narSize: fingerprint.narSize,
                references: Set(fingerprint.hashParts.compactMap { paths[$0] }), deriver: deriver,
                registrationTime: Self.now,
                contentAddress: fingerprint.contentDigest.flatMap { digest in
                    fixed.map { "fixed:\($0.method.rawValue)\(digest.prefixedNix32)" }
                }, isUltimate: true)
            return PreparedOutput(
                info: info, contentDigest: fingerprint.contentDigest, folder: parent, name: name,
                scratch: scratch)
        }
    }

    /// Makes prepared outputs valid, all or none: renames them into place, one `syncfs`, one
    /// transaction. Those that are valid already are left as they are.
    ///
    /// Derivations among them stand after those they are built from, and may claim only their own
    /// outputs.
    ///
    /// The caller holds the locks of all their paths. Killed at any point, no path is valid that is
    /// not whole; what lies there without being valid is removed by the next commit.
    ///
    /// - Throws: why the files or the rows could not be written; then nothing is valid.
    package func commit(_ outputs: [PreparedOutput]) throws {
        var claims: [StorePath: Derivation] = [:]
        for output in outputs { claims[output.info.path] = try self.claims(of: output) }
        try commit(outputs, claims)
    }

    /// Makes prepared trees valid, and writes down what those of them that are derivations make.
    func commit(_ outputs: [PreparedOutput], _ derivations: [StorePath: Derivation]) throws {
        let valid = try database.validPaths(among: outputs.map(\.info.path))
        let new = outputs.filter { !valid.contains($0.info.path) }
        guard !new.isEmpty else { return }
        try requireWritable()
        let paths = Set(new.map(\.info.path))
        let derivations = derivations.filter { paths.contains($0.key) }
        try checkContents(of: new, with: derivations)
        var placed: [FileName] = []
        do {
            for output in new {
                let name = try output.info.path.fileName()
                try removeTree(name, in: folder.descriptor)
                placed.append(name)
                try place(output, as: name)
            }
            try registrations.write(new.map(\.info))
            try synchronise()
            try database.register(
                new.map(\.info),
                outputs: derivations.mapValues { $0.outputs.compactMapValues(\.path) })
        } catch {
            // Perhaps the disk is full: what is not valid should not fill it. The next collection
            // removes what stays.
            for name in placed { try? removeTree(name, in: folder.descriptor) }
            forgetRegistrations(of: new.map(\.info.path))
            throw error
        }
        optimiseIfWanted(new.map(\.info.path))
    }

    /// Lets new valid paths share bytes with others, where the store's owner wants it.
    func optimiseIfWanted(_ paths: [StorePath]) {
        // They are valid and stay so, whatever this gives.
        guard (try? database.value(of: .automaticOptimisation)) == "1" else { return }
        // As above.
        try? optimise(paths)
    }

    /// Removes the registrations of paths that did not become valid after all.
    func forgetRegistrations(of paths: [StorePath]) {
        // Another process may have made one of them valid. What stays, a collector removes.
        guard let valid = try? database.validPaths(among: paths) else { return }
        // As above.
        try? registrations.remove(paths.filter { !valid.contains($0) })
    }

    /// Waits until everything written so far to the store, and to the registrations, is on disk: together with
    /// others that wait for that.
    func synchronise() throws {
        try sync.run {
            try folder.descriptor.synchroniseFileSystem()
            let state = try DirectoryDescriptor.opening(layout.registrationsDirectory)
            if try state.status().device != folder.descriptor.status().device {
                try state.synchroniseFileSystem()
            }
        }
    }

    func place(_ output: PreparedOutput, as name: FileName) throws {
        let source = output.folder
        guard case .directory = try source.descriptor.status(of: output.name).kind else {
            return try source.descriptor.rename(output.name, to: name, in: folder.descriptor)
        }
        // Only root may give a directory without write permission another parent.
        let directory = try source.descriptor.openDirectory(output.name)
        try directory.setMode(0o755)
        try source.descriptor.rename(output.name, to: name, in: folder.descriptor)
        try directory.setMode(0o555)
        try directory.setModificationTime(canonicalModificationTime)
    }
}
