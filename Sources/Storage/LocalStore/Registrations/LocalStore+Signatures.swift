import StoreDatabase
public import StoreModel

extension LocalStore {
    /// Adds signatures to a valid path, in the database and in its registration; those it has stay.
    ///
    /// - Parameter signatures: each as `name:base64`, as `Sig` of a narinfo has it.
    /// - Throws: ``StoreDatabaseError/notValid(_:)``.
    public func addSignatures(_ signatures: [String], to path: StorePath) throws {
        try requireWritable()
        try database.addSignatures(signatures, to: path)
        try registrations.write(database.infos([path]))
        try synchronise()
    }
}
