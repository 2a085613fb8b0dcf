package import Primitives
import StoreDatabase
package import StoreModel

/// Who signed what is in a store.
package struct SignatureSurvey: Sendable {
    /// The signatures of one name.
    package struct Count: Sendable {
        /// Made with a key that was given.
        package fileprivate(set) var good = 0
        /// Not made with the key of this name that was given.
        package fileprivate(set) var bad = 0
        /// Of a key that was not given.
        package fileprivate(set) var unverified = 0
    }

    /// By the names that stand in the signatures.
    package fileprivate(set) var counts: [String: Count] = [:]
    /// How many valid paths there are.
    package fileprivate(set) var pathCount = 0
    /// How many of them nobody signed.
    package fileprivate(set) var unsignedCount = 0
}

extension LocalStore {
    /// Adds signatures (`key-name:base64`) to valid paths, in the database and in the registrations
    /// beside it. Whether they are good is the caller's matter.
    ///
    /// - Throws: `StoreDatabaseError.notValid(_:)` for the first path that is not valid; those
    ///   before it are signed.
    package func addSignatures(_ signatures: [StorePath: [String]]) throws {
        guard !signatures.isEmpty else { return }
        try requireWritable()
        let paths = signatures.keys.sorted()
        for path in paths { try database.addSignatures(signatures[path] ?? [], to: path) }
        // As they are registered now: another process may have added some, too.
        try registrations.write(database.infos(paths))
        try synchronise()
    }

    /// Signs what is registered of `paths` with `key`.
    ///
    /// - Returns: how many of them it had not signed before.
    /// - Throws: as ``addSignatures(_:)``.
    @discardableResult
    package func sign(_ paths: some Sequence<StorePath>, with key: SecretKey) throws -> Int {
        var signatures: [StorePath: [String]] = [:]
        for info in try database.infos(Array(paths)) {
            let signature = try key.sign(info.fingerprint(in: storeDirectory))
            if !info.signatures.contains(signature) { signatures[info.path] = [signature] }
        }
        try addSignatures(signatures)
        return signatures.count
    }

    /// Counts the signatures of all valid paths; those of `keys` are verified.
    package func surveySignatures(verifying keys: [PublicKey]) throws -> SignatureSurvey {
        var survey = SignatureSurvey()
        for info in try database.allInfos() {
            survey.pathCount += 1
            guard !info.signatures.isEmpty else {
                survey.unsignedCount += 1
                continue
            }
            let text = info.fingerprint(in: storeDirectory)
            for signature in info.signatures {
                let name = String(signature.prefix { $0 != ":" })
                let named = keys.filter { $0.name == name }
                if named.isEmpty {
                    survey.counts[name, default: .init()].unverified += 1
                } else if named.contains(where: { $0.verifies(signature, of: text) }) {
                    survey.counts[name, default: .init()].good += 1
                } else {
                    survey.counts[name, default: .init()].bad += 1
                }
            }
        }
        return survey
    }
}
