package import StoreModel

/// A text file to add to a store, such as a build script.
package struct StoreText: Hashable, Sendable {
    /// Its name in the store, without hash part.
    package var name: String
    /// Its bytes.
    package var contents: [UInt8]
    /// The store paths it refers to: valid ones, or added with it.
    package var references: Set<StorePath>

    /// A text from its parts.
    package init(name: String, contents: [UInt8], references: Set<StorePath> = []) {
        self.name = name
        self.contents = contents
        self.references = references
    }
}
