import Primitives
import StoreModel
package import SystemSupport

/// The `.drv` files of a check, and those beside them that may be their inputs. Made once, then
/// only read, so that several workers share it.
package struct DerivationFileTable: Sendable {
    /// One `.drv` file.
    package struct File: Sendable {
        /// The path it is read from.
        package let path: String
        /// The directory it lies in, as an index.
        package let directory: Int
        /// Its name.
        package let baseName: String
        /// Whether it was asked for; else it is only looked at as an input.
        package fileprivate(set) var isRequested: Bool
    }

    /// All files, by directory, then name.
    package private(set) var files: [File] = []
    private var directoryIndices: [String: Int] = [:]
    private var indices: [[String: Int]] = []
    private let workingDirectory: String

    /// The table of `arguments`: files, and directories with all below them.
    ///
    /// - Throws: ``HostError/system(_:_:_:)`` when a path cannot be read.
    package init(arguments: [String], workingDirectory: String) throws(HostError) {
        self.workingDirectory = workingDirectory
        for argument in arguments {
            if try DirectoryEntries.isDirectory(absolute(argument)) {
                try addTree(argument)
            } else {
                try addFile(argument)
            }
        }
    }

    /// The file named `baseName` in `directory`.
    func file(_ baseName: String, in directory: Int) -> Int? { indices[directory][baseName] }

    /// The text of a file.
    func read(_ file: Int) throws(HostError) -> [UInt8] {
        try FileBytes.read(path: absolute(files[file].path))
    }

    private func absolute(_ path: String) -> String {
        path.isAbsolutePath ? path : workingDirectory + "/" + path
    }

    private mutating func addTree(_ root: String) throws(HostError) {
        var pending = [root]
        while let path = pending.popLast() {
            let entries = try DirectoryEntries(of: absolute(path))
            addEntries(entries, of: path, areRequested: true)
            for name in entries.directories.reversed()
            // What has the name of a store item is one, and is not looked into.
            where (try? StorePath(baseName: name)) == nil {
                pending.append(path.hasSuffix("/") ? path + name : path + "/" + name)
            }
        }
    }

    private mutating func addFile(_ path: String) throws(HostError) {
        let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
        let directory =
            slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
        if directoryIndices[directory] == nil {
            addEntries(
                try DirectoryEntries(of: absolute(directory)), of: directory, areRequested: false)
        }
        let index = directoryIndices[directory] ?? addDirectory(directory)
        if let file = indices[index][name] {
            files[file].isRequested = true
        } else {
            add(name, path: path, directory: index, isRequested: true)
        }
    }

    private mutating func addDirectory(_ path: String) -> Int {
        directoryIndices[path] = indices.count
        indices.append([:])
        return indices.count - 1
    }

    private mutating func addEntries(
        _ entries: DirectoryEntries, of path: String, areRequested: Bool
    ) {
        let directory = directoryIndices[path] ?? addDirectory(path)
        let prefix = path == "." ? "" : path.hasSuffix("/") ? path : path + "/"
        for name in entries.others where name.hasSuffix(".drv") {
            if let file = indices[directory][name] {
                files[file].isRequested = files[file].isRequested || areRequested
            } else {
                add(name, path: prefix + name, directory: directory, isRequested: areRequested)
            }
        }
    }

    private mutating func add(
        _ name: String, path: String, directory: Int, isRequested: Bool
    ) {
        indices[directory][name] = files.count
        files.append(
            File(path: path, directory: directory, baseName: name, isRequested: isRequested))
    }
}
