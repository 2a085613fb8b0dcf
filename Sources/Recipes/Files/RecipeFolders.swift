/// Where recipe files are. Recipes read nothing themselves: they are given what they name.
package struct RecipeFolders: Sendable {
    /// A file that was read.
    package struct File: Sendable {
        /// The same for the same file, by whatever name it was asked for:
        /// compared byte by byte.
        package var identity: [UInt8]
        /// Its bytes.
        package var bytes: [UInt8]

        /// A file.
        package init(identity: [UInt8], bytes: [UInt8]) {
            self.identity = identity
            self.bytes = bytes
        }
    }

    /// Why a file is not read, in a sentence that does not name it.
    package struct Refusal: Error, Sendable {
        /// The sentence.
        package var reason: String

        /// A refusal.
        package init(_ reason: String) { self.reason = reason }
    }

    /// Reads the file `path` of a folder; nothing that lies outside of the folder.
    package var read: @Sendable (_ folder: String, _ path: String) throws(Refusal) -> File
    /// Folders of recipes that are found by their names.
    package var named: [String: String]

    /// Folders.
    package init(
        named: [String: String] = [:],
        read: @escaping @Sendable (_ folder: String, _ path: String) throws(Refusal) -> File
    ) {
        self.named = named
        self.read = read
    }
}
