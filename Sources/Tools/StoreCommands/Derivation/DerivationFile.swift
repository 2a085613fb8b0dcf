import Primitives
import StoreModel
import SystemSupport

/// A `.drv` file named on the command line: in the store, elsewhere, or behind links.
struct DerivationFile {
    /// The derivation.
    let derivation: Derivation
    /// The text.
    let text: [UInt8]
    /// The store directory its paths are in: stated, else the text's.
    let storeDirectory: StoreDirectory

    /// Reads and parses the file at `path`.
    ///
    /// Links are followed by hand, because in a store under `--root` they name logical paths.
    ///
    /// - Throws: ``StoreCommandsError`` with the path.
    ///
    /// - Parameter required: the store directory that the file must be of; `nil` for any.
    init(
        _ path: String, store: StoreOptions, context: CommandContext,
        in required: StoreDirectory? = nil
    ) throws {
        let stated = try required ?? store.statedStoreDirectory(context)
        let root = try store.root(context) ?? ""
        let logical = (stated ?? .nodeos).path + "/"
        var file = context.absolute(path)
        for _ in 0..<40 {
            if file.hasPrefix(logical), !root.isEmpty, SymbolicLink.exists(root + file) {
                file = root + file
            }
            guard let target = SymbolicLink.target(of: file) else { break }
            file = target.isAbsolutePath ? target : SymbolicLink.directory(of: file) + "/" + target
        }
        let text = try FileBytes.read(path: file)
        let inferred = stated ?? Derivation.storeDirectory(ofText: text.span)
        self.text = text
        storeDirectory = inferred ?? .nodeos
        let baseName = SymbolicLink.baseName(of: file)
        guard let storePath = try? StorePath(baseName: baseName), storePath.isDerivation else {
            throw StoreCommandsError.badFile(
                path, reason: "a derivation's file must be named <hash>-<name>.drv")
        }
        do {
            derivation = try Derivation(
                parsing: text, name: storePath.derivationName, in: storeDirectory)
        } catch {
            throw StoreCommandsError.badFile(path, reason: "\(error)")
        }
    }
}
