import Archives
import Primitives
import StoreDatabase
package import StoreModel

extension LocalStore {
    /// Copies the closure of `paths` into another store of the same store directory: what it has
    /// already is passed over, the rest goes in closure order, so an interrupted copy goes on where
    /// it was. Every path is hashed on its way.
    ///
    /// - Parameter onCopy: told of each path when it is valid there.
    /// - Throws: ``LocalStoreError/wrongContent(_:stated:computed:)`` when a path's bytes are not
    ///   those that were registered, ``LocalStoreError/otherStoreDirectory(_:expected:)``.
    package func copy(
        _ paths: [StorePath], to destination: LocalStore,
        onCopy: @escaping (PathInfo) throws -> Void = { _ in }
    ) throws {
        guard destination.storeDirectory == storeDirectory else {
            throw LocalStoreError.otherStoreDirectory(
                destination.storeDirectory.path, expected: storeDirectory.path)
        }
        try destination.requireWritable()
        try addTemporaryRoots(paths)
        let closure = try database.closure(of: paths)
        try destination.addTemporaryRoots(closure)
        let known = try destination.database.validPaths(among: closure)
        let missing = try inClosureOrder(database.infos(closure.filter { !known.contains($0) }))
        let infos = Dictionary(missing.map { ($0.path, $0) }) { first, _ in first }
        var batch = try IncomingBatch(destination) { path in
            if let info = infos[path] { try onCopy(info) }
        }
        for info in missing {
            let name = try info.path.fileName()
            let fingerprint = try TreeFingerprint(
                reading: name, in: folder.descriptor, candidates: [], wanted: nil,
                copy: TreeBuilder(name, in: batch.scratch.descriptor))
            guard fingerprint.narHash == info.narHash else {
                throw LocalStoreError.wrongContent(
                    info.path, stated: info.narHash.prefixedNix32,
                    computed: fingerprint.narHash.prefixedNix32)
            }
            var copied = info
            // Built on this machine, perhaps, but not by that store.
            copied.isUltimate = false
            try batch.add(copied, name)
        }
        try batch.flush()
        try copySignatures(of: known, to: destination)
    }

    /// Adds the signatures of `paths`, which both stores have, to those in `destination`.
    private func copySignatures(of paths: Set<StorePath>, to destination: LocalStore) throws {
        let there = Dictionary(
            try destination.database.infos(paths.sorted()).map { ($0.path, $0) }
        ) { first, _ in first }
        var missing: [StorePath: [String]] = [:]
        for here in try database.infos(paths.sorted()) {
            // A signature is of these bytes and references, and means nothing for others.
            guard let known = there[here.path],
                known.fingerprint(in: storeDirectory) == here.fingerprint(in: storeDirectory)
            else { continue }
            let new = here.signatures.filter { !known.signatures.contains($0) }
            if !new.isEmpty { missing[here.path] = new }
        }
        try destination.addSignatures(missing)
    }
}
