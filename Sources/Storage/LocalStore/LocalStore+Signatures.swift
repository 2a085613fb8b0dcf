import StoreDatabase
public import StoreModel

extension LocalStore {
    /// Adds signatures (`key-name:base64`) to valid paths, in the database and in the registrations
    /// beside it. Whether they are good is the caller's matter.
    ///
    /// - Throws: `StoreDatabaseError.notValid(_:)` for the first path that is not valid; those
    ///   before it are signed.
    public func addSignatures(_ signatures: [StorePath: [String]]) throws {
        guard !signatures.isEmpty else { return }
        try requireWritable()
        let paths = signatures.keys.sorted()
        for path in paths { try database.addSignatures(signatures[path] ?? [], to: path) }
        // As they are registered now: another process may have added some, too.
        try registrations.write(database.infos(paths))
        try synchronise()
    }
}
