public import LocalStore
public import StoreModel

extension StoreSession {
    /// Completes derivations as a person writes them, with the paths of their outputs, and adds them; see
    /// `DerivationDraft`.
    ///
    /// - Returns: the paths of the `.drv`s, each after those that it needs.
    /// - Throws: ``StoreError/derivation(_:)``, or ``StoreError/store(_:)`` when one needs what is not there.
    @discardableResult
    public func add(
        drafts: [DerivationDraft]
    ) throws(StoreError) -> [StorePath] {
        try StoreError.wrapping { try store.addDerivations(store.completed(drafts)) }
    }

    /// Completes one derivation and adds it; see ``add(drafts:)``.
    ///
    /// - Returns: the path of the `.drv`.
    @discardableResult
    public func add(_ derivation: Derivation) throws(StoreError) -> StorePath {
        try StoreError.wrapping {
            let draft = DerivationDraft(path: nil, derivation: derivation)
            let completed = try store.completed([draft])
            return try store.addDerivation(completed[0])
        }
    }

    /// Adds a text file.
    ///
    /// - Returns: its path, which follows from name, contents and references.
    @discardableResult
    public func addText(
        name: String, contents: [UInt8], references: Set<StorePath> = []
    ) throws(StoreError) -> StorePath {
        try StoreError.wrapping {
            try store.addText(name: name, contents: contents, references: references)
        }
    }

    /// Copies the file tree at `place` into the store.
    ///
    /// - Parameters:
    ///   - place: a file, directory or symbolic link, which is not followed.
    ///   - name: the name in the store.
    /// - Returns: what is registered of it.
    @discardableResult
    public func addTree(at place: String, name: String) throws(StoreError) -> PathInfo {
        try StoreError.wrapping { try store.addTree(at: place, name: name) }
    }

    /// Makes links that keep `paths` from being collected until they are removed: `link`, then `link-2`,
    /// `link-3` and so on. Links into the store that are there already are moved.
    ///
    /// - Parameters:
    ///   - link: an absolute path, without `.` and `..`.
    ///   - paths: what is to be kept.
    /// - Throws: ``StoreError/store(_:)`` with `linkOccupied` when something else lies there.
    public func addRoots(link: String, to paths: [StorePath]) throws(StoreError) {
        try StoreError.wrapping {
            for (index, path) in paths.enumerated() {
                try store.addIndirectRoot(
                    link: link + (index == 0 ? "" : "-\(index + 1)"), to: path)
            }
        }
    }

    /// Keeps `paths`, valid or not yet, from being collected while this process runs.
    public func keepWhileRunning(_ paths: [StorePath]) throws(StoreError) {
        try StoreError.wrapping { try store.addTemporaryRoots(paths) }
    }
}
