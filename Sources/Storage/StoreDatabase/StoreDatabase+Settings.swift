import GRDB
import Primitives
import StoreModel

extension StoreDatabase {
    /// A wish of the store's owner that lasts, by name.
    package enum Setting: String, Sendable, CaseIterable {
        /// Whether the files of new paths share their bytes with identical ones: `1`, or absent.
        case automaticOptimisation = "automatic-optimisation"
    }

    /// The value of `setting`; `nil` when nobody set it.
    package func value(of setting: Setting) throws(StoreDatabaseError) -> String? {
        try read { db in
            try String.fetchOne(
                db.cachedStatement(sql: "SELECT value FROM setting WHERE name = ?"),
                arguments: [setting.rawValue])
        }
    }

    /// Sets `setting`, or with `nil` takes it back.
    package func set(_ setting: Setting, to value: String?) throws(StoreDatabaseError) {
        try write { db in
            guard let value else {
                return try db.execute(
                    sql: "DELETE FROM setting WHERE name = ?", arguments: [setting.rawValue])
            }
            try db.execute(
                sql: "INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)",
                arguments: [setting.rawValue, value])
        }
    }

    /// What tells this store from every other, copies of its database excepted: 128 random bits in
    /// hexadecimal. Two machines that were made of one image have their names, numbers and places in common;
    /// these they do not, once each has opened a store of its own.
    ///
    /// - Returns: `nil` when the store was made before there was such a thing and nobody has written to it since.
    package func identity() throws(StoreDatabaseError) -> String? {
        try read { db in
            try String.fetchOne(
                db.cachedStatement(sql: "SELECT value FROM setting WHERE name = 'identity'"))
        }
    }

    /// Gives the store its identity, if it has none.
    func identify() throws(StoreDatabaseError) {
        guard try identity() == nil else { return }
        var random = SystemRandomNumberGenerator()
        let bytes = (0..<16).map { _ in UInt8.random(in: 0...255, using: &random) }
        try write { db in
            // Another process may have been faster.
            try db.execute(
                sql: "INSERT OR IGNORE INTO setting (name, value) VALUES ('identity', ?)",
                arguments: [Base16.encode(bytes)])
        }
    }
}
