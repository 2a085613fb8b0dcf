import Archives
import Primitives
import StoreModel

extension LocalStore {
    /// Checks a prepared derivation: it may claim only its own outputs (`docs/formats/derivation.md`).
    /// Those it is built from are valid, or were checked before. Anything else that is prepared passes.
    ///
    /// - Throws: `DerivationError`, ``LocalStoreError``, or why it cannot be read.
    package func checkClaims(of output: PreparedOutput) throws { _ = try claims(of: output) }

    /// The prepared derivation; `nil` for what is none.
    func claims(of output: PreparedOutput) throws -> Derivation? {
        let path = output.info.path
        guard path.isDerivation else { return nil }
        return try claims(
            of: derivation(at: output.name, in: output.folder.descriptor, as: path), at: path)
    }

    /// `derivation`, which may claim only its own outputs.
    func claims(of derivation: Derivation, at path: StorePath) throws -> Derivation {
        let hashes = try derivations.inputHashes(of: derivation)
        try derivation.checkInvariants(inputHashes: hashes, in: storeDirectory)
        try derivations.rememberHash(of: path, derivation)
        return derivation
    }

    /// The derivation in a file that is not in the store yet, whose text must be what `path` says.
    func derivation(
        at name: FileName, in folder: borrowing DirectoryDescriptor, as path: StorePath
    ) throws -> Derivation {
        let derivation = try Derivation(
            parsing: try folder.readFile(name), name: String(path.name.dropLast(4)),
            in: storeDirectory)
        let (computed, _) = try derivation.file(in: storeDirectory)
        guard computed == path else {
            throw LocalStoreError.wrongContent(
                path, stated: path.baseName, computed: computed.baseName)
        }
        return derivation
    }
}
