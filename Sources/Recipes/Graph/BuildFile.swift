/// A file that comes along with what is built: a script, a patch, or what a script reads. It becomes a text in
/// the store, named by its bytes.
package struct BuildFile: Sendable, Hashable {
    /// Its name in the store.
    package let name: String
    /// Its bytes.
    package let bytes: [UInt8]

    /// A file.
    package init(name: String, bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
    }
}

extension ScriptFile {
    /// The file as one that comes along.
    package var file: BuildFile { BuildFile(name: name, bytes: bytes) }
}
