/// The tables of a database: the text that makes them in an empty file, and how an older file comes
/// to have them.
package struct StoreSchema: Sendable {
    /// SQL that makes everything in an empty file.
    package var text: String
    /// SQL that leads from one version to the next, oldest first: the first from version 1 to 2.
    package var migrations: [String]

    /// A schema from its parts.
    package init(text: String, migrations: [String]) {
        self.text = text
        self.migrations = migrations
    }

    /// The version, kept in SQLite's `user_version`. An empty file has 0.
    package var version: Int { migrations.count + 1 }

    /// The schema of this program. Who changes `store-schema.sql` adds a migration to the end that
    /// changes the same in an older file, and never touches one that was published.
    package static let current = StoreSchema(
        text: String(decoding: PackageResources.store_schema_sql, as: UTF8.self), migrations: [])
}
