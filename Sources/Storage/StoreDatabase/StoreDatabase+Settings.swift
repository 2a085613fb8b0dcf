import GRDB
import StoreModel

extension StoreDatabase {
    /// A wish of the store's owner that lasts, by name.
    public enum Setting: String, Sendable, CaseIterable {
        /// Whether the files of new paths share their bytes with identical ones: `1`, or absent.
        case automaticOptimisation = "automatic-optimisation"
    }

    /// The value of `setting`; `nil` when nobody set it.
    public func value(of setting: Setting) throws(StoreDatabaseError) -> String? {
        try read { db in
            try String.fetchOne(
                db.cachedStatement(sql: "SELECT value FROM setting WHERE name = ?"),
                arguments: [setting.rawValue])
        }
    }

    /// Sets `setting`, or with `nil` takes it back.
    public func set(_ setting: Setting, to value: String?) throws(StoreDatabaseError) {
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
}
