package import Archives
package import Primitives
import StoreDatabase
package import StoreModel

extension LocalStore {
    /// Adds the file tree at `path`, copying, hashing and giving it the metadata of the store in
    /// one pass; nothing changes when it is valid already.
    ///
    /// - Parameters:
    ///   - path: a file, directory or symbolic link; the last component is not followed.
    ///   - name: the name in the store.
    ///   - method: ``ContentAddressMethod/recursive`` for any tree;
    ///     ``ContentAddressMethod/flat`` for the contents of one file, executable or not.
    /// - Returns: what is registered.
    /// - Throws: ``LocalStoreError/derivationName(_:)`` for names that end in `.drv`, or why the
    ///   bytes or rows could not be read or written.
    @discardableResult
    package func addTree(
        at path: String, name: String, method: ContentAddressMethod = .recursive,
        algorithm: HashAlgorithm = .sha256
    ) throws -> PathInfo {
        let location = try TreeLocation(path)
        return try addTree(
            location.name, in: location.parent, name: name, method: method, algorithm: algorithm)
    }

    /// Adds the file tree `source` in `directory`; see ``addTree(at:name:method:algorithm:)``.
    @discardableResult
    package func addTree(
        _ source: FileName, in directory: borrowing DirectoryDescriptor, name: String,
        method: ContentAddressMethod = .recursive, algorithm: HashAlgorithm = .sha256
    ) throws -> PathInfo {
        guard method == .recursive || method == .flat else {
            throw LocalStoreError.unsupportedMethod(method)
        }
        try StorePath.check(name: name)
        guard !name.hasSuffix(".drv") else { throw LocalStoreError.derivationName(name) }
        try requireWritable()
        try removeLeftovers()
        let scratch = try makeScratch()
        let temporary = try FileName("item")
        let fingerprint = try TreeFingerprint(
            reading: source, in: directory, candidates: [], wanted: (method, algorithm),
            ignoresExecutable: method == .flat,
            copy: TreeBuilder(temporary, in: scratch.descriptor))
        guard let digest = fingerprint.contentDigest else {
            throw LocalStoreError.unsupportedMethod(method)
        }
        let path = try storeDirectory.fixedOutputPath(name: name, method: method, digest: digest)
        try addTemporaryRoots([path])
        if let known = try database.info(path) { return known }
        let locks = try lockBlocking([path])
        defer { withExtendedLifetime(locks) {} }
        let info = PathInfo(
            path: path, narHash: fingerprint.narHash, narSize: fingerprint.narSize,
            registrationTime: Self.now,
            contentAddress: "fixed:\(method.rawValue)\(digest.prefixedNix32)", isUltimate: true)
        try commit([
            PreparedOutput(
                info: info, contentDigest: digest,
                folder: StoreFolder(scratch.descriptor.reopened()), name: temporary,
                scratch: scratch)
        ])
        return try database.info(path) ?? info
    }
}
