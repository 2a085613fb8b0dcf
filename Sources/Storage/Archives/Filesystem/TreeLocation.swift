import Primitives

/// A file tree by its parent directory and its name there: what a path from a user turns into,
/// once, before anything is done with it.
package struct TreeLocation: ~Copyable, Sendable {
    /// The directory that holds it.
    package let parent: DirectoryDescriptor
    /// Its name.
    package let name: FileName

    /// Finds the parent of `path`, which need not exist itself. A symbolic link at the end is
    /// taken as itself; `.`, `..` and a slash at the end name the directory that they lead to.
    ///
    /// - Throws: ``ArchivesError`` when the parent does not exist, or for `/`, which has none.
    package init(_ path: String) throws(ArchivesError) {
        var parts = path.utf8.split(separator: 0x2f, omittingEmptySubsequences: true)
        guard let last = parts.popLast() else {
            throw .invalidName("\(path)", reason: "it has no parent directory")
        }
        if last.elementsEqual(".".utf8) || last.elementsEqual("..".utf8) {
            let directory = try DirectoryDescriptor(opening: path)
            try self.init(Self.realPath(directory))
            return
        }
        let lead = path.utf8.prefix { $0 == 0x2f }.isEmpty ? "" : "/"
        let joined = parts.map { String(Substring($0)) }.joined(separator: "/")
        let text = lead + joined
        try self.init(
            parent: DirectoryDescriptor(opening: text.isEmpty ? "." : text),
            name: FileName(String(Substring(last))))
    }

    /// The tree `name` in `parent`.
    package init(parent: consuming DirectoryDescriptor, name: FileName) {
        self.parent = parent
        self.name = name
    }

    /// The path of an open directory, as the kernel knows it.
    private static func realPath(
        _ directory: borrowing DirectoryDescriptor
    ) throws(ArchivesError) -> String {
        let files = try DirectoryDescriptor(opening: "/proc/self/fd")
        return try files.readLink(FileName("\(directory.rawValue)")).description
    }
}
