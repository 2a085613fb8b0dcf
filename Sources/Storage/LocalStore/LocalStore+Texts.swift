import Archives
import Primitives
import StoreDatabase
package import StoreModel

extension LocalStore {
    /// Adds a text file; nothing happens when it is valid already.
    ///
    /// - Returns: its path, which follows from name, contents and references
    ///   (`docs/formats/store-path.md`).
    @discardableResult
    package func addText(name: String, contents: [UInt8], references: Set<StorePath> = [])
        throws -> StorePath
    {
        try add([StoreText(name: name, contents: contents, references: references)], [])[0]
    }

    /// Adds one derivation; see ``add(_:_:)``.
    @discardableResult
    package func addDerivation(_ derivation: Derivation) throws -> StorePath {
        try add([], [derivation])[0]
    }

    /// Adds derivations, dependencies first; see ``add(_:_:)``.
    @discardableResult
    package func addDerivations(_ derivations: [Derivation]) throws -> [StorePath] {
        try add([], derivations)
    }

    /// Adds a `.drv` that was written elsewhere for this store directory.
    ///
    /// - Parameters:
    ///   - text: the file's bytes.
    ///   - name: the derivation's name, without `.drv`.
    @discardableResult
    package func addDerivation(text: [UInt8], name: String) throws -> StorePath {
        try addDerivation(Derivation(parsing: text, name: name, in: storeDirectory))
    }

    /// Adds texts and derivations, all or none: one `syncfs`, one transaction. What is valid
    /// already costs one question to the database.
    ///
    /// Every derivation is checked (`docs/formats/derivation.md`), so that none can claim another's output;
    /// its inputs must be valid or stand before it.
    ///
    /// - Returns: the paths, of the texts first.
    /// - Throws: ``DerivationError``, ``LocalStoreError/missingInput(derivation:input:)``, or why
    ///   the bytes or rows could not be written.
    @discardableResult
    package func add(_ texts: [StoreText], _ derivations: [Derivation]) throws -> [StorePath] {
        var items: [(path: StorePath, contents: [UInt8], references: Set<StorePath>)] = []
        items.reserveCapacity(texts.count + derivations.count)
        for text in texts {
            let path = try storeDirectory.textPath(
                name: text.name, contents: Digest.hash(text.contents), references: text.references)
            items.append((path, text.contents, text.references))
        }
        var outputs: [StorePath: [String: StorePath]] = [:]
        var added: [StorePath: Derivation] = [:]
        for derivation in derivations {
            let hashes = try self.derivations.inputHashes(of: derivation)
            try derivation.checkInvariants(inputHashes: hashes, in: storeDirectory)
            let (path, text) = try derivation.file(in: storeDirectory)
            try self.derivations.rememberHash(of: path, derivation)
            added[path] = derivation
            items.append((path, text, derivation.references))
            outputs[path] = derivation.outputs.compactMapValues(\.path)
        }
        let paths = items.map(\.path)
        try addTemporaryRoots(paths)
        var known = try database.validPaths(among: paths)
        let missing = items.filter { known.insert($0.path).inserted }
        if !missing.isEmpty {
            try checkValid(
                missing.reduce(into: [:]) { stated, item in
                    guard let (output, contents) = added[item.path]?.statedOutput(at: item.path)
                    else { return }
                    stated[output] = contents
                })
            try place(missing, outputs)
        }
        self.derivations.remember(added)
        return paths
    }

    /// Writes texts that are not valid and makes them valid.
    private func place(
        _ items: [(path: StorePath, contents: [UInt8], references: Set<StorePath>)],
        _ outputs: [StorePath: [String: StorePath]]
    ) throws {
        try requireWritable()
        try requireReferences(of: items)
        try removeLeftovers()
        let scratch = try makeScratch()
        var infos: [PathInfo] = []
        for item in items {
            let name = try item.path.fileName()
            try scratch.descriptor.writeText(item.contents, name)
            // A whole file takes the place of whatever lay there; nobody can see half of one.
            try scratch.descriptor.replace(name, in: folder.descriptor)
            infos.append(try Self.info(ofText: item))
        }
        do {
            try registrations.write(infos)
            try synchronise()
            let new = Set(infos.map(\.path))
            try database.register(infos, outputs: outputs.filter { new.contains($0.key) })
        } catch {
            forgetRegistrations(of: infos.map(\.path))
            throw error
        }
        optimiseIfWanted(infos.map(\.path))
    }

    /// Refuses what could not be registered before any of it is written.
    private func requireReferences(
        of items: [(path: StorePath, contents: [UInt8], references: Set<StorePath>)]
    ) throws {
        let new = Set(items.map(\.path))
        let needed = items.reduce(into: Set<StorePath>()) { $0.formUnion($1.references) }
            .subtracting(new)
        try addTemporaryRoots(needed)
        let valid = try database.validPaths(among: needed)
        for item in items {
            let missing = item.references.filter { !valid.contains($0) && !new.contains($0) }.min()
            if let missing {
                throw StoreDatabaseError.invalidReference(item.path, reference: missing)
            }
        }
    }

    private static func info(
        ofText item: (path: StorePath, contents: [UInt8], references: Set<StorePath>)
    ) throws -> PathInfo {
        var writer = NARWriter(DigestSink())
        try writer.beginRegular(executable: false, size: UInt64(item.contents.count))
        try writer.contents(item.contents.span)
        try writer.endRegular()
        try writer.finish()
        let sink = writer.intoSink()
        return PathInfo(
            path: item.path, narHash: sink.digest(), narSize: sink.byteCount,
            references: item.references, registrationTime: now,
            contentAddress: "text:" + Digest.hash(item.contents).prefixedNix32, isUltimate: true)
    }
}

extension DirectoryDescriptor {
    /// Makes the file `name` with these contents and a store item's metadata.
    fileprivate func writeText(_ contents: [UInt8], _ name: FileName) throws {
        let file = try createFile(name, mode: 0o600)
        try file.write(contents.span)
        try file.setMode(0o444)
        try file.setModificationTime(canonicalModificationTime)
    }

    /// Renames the file `name` into `target`, where at most an invalid leftover has its name.
    fileprivate func replace(_ name: FileName, in target: borrowing DirectoryDescriptor) throws {
        do { try rename(name, to: name, in: target) } catch {
            // A file cannot replace a directory.
            guard case .directory? = try target.statusIfPresent(of: name)?.kind else { throw error }
            try removeTree(name, in: target)
            try rename(name, to: name, in: target)
        }
    }
}
