package import Primitives

/// Creates a file tree below a directory descriptor from the parts it is given.
///
/// Nothing that exists is opened, changed or followed: every node is created anew by its single
/// name in a directory that this builder has created itself. Every file is a fresh inode.
package struct TreeBuilder: TreeVisitor, ~Copyable {
    /// A directory whose descriptor can be kept in an array.
    private final class OpenDirectory {
        let descriptor: DirectoryDescriptor
        init(_ descriptor: consuming DirectoryDescriptor) { self.descriptor = descriptor }
    }

    private final class CreatedFile {
        let file: OpenFile
        let executable: Bool
        init(_ file: consuming OpenFile, executable: Bool) {
            self.file = file
            self.executable = executable
        }
    }

    private let metadata: TreeMetadata
    private var name: FileName
    private var directories: [OpenDirectory]
    private var file: CreatedFile?
    /// Whether something was created that the caller must remove after a failure.
    package private(set) var hasCreated = false

    /// A builder of the tree `name` in `directory`, where no such entry may exist.
    ///
    /// - Throws: ``ArchivesError`` when the directory cannot be opened again.
    package init(
        _ name: FileName, in directory: borrowing DirectoryDescriptor,
        metadata: TreeMetadata = .canonical
    ) throws(ArchivesError) {
        self.name = name
        self.metadata = metadata
        directories = [try OpenDirectory(directory.reopened())]
    }

    /// Begins a regular file.
    package mutating func beginRegular(executable: Bool, size: UInt64) throws {
        let mode: UInt32 =
            switch metadata {
            case .canonical: 0o600
            case .plain: executable ? 0o777 : 0o666
            }
        file = try CreatedFile(
            current().descriptor.createFile(name, mode: mode), executable: executable)
        hasCreated = true
    }

    /// Takes the next bytes of the file.
    package mutating func contents(_ bytes: Span<UInt8>) throws {
        guard let file else {
            throw ArchivesError.invalidTree(reason: "contents without a file")
        }
        try file.file.write(bytes)
    }

    /// Ends the file.
    package mutating func endRegular() throws {
        guard let file else {
            throw ArchivesError.invalidTree(reason: "a file ends that did not begin")
        }
        if metadata == .canonical {
            try file.file.setMode(file.executable ? 0o555 : 0o444)
            try file.file.setModificationTime(canonicalModificationTime)
        }
        self.file = nil
    }

    /// Takes a symbolic link.
    package mutating func symlink(target: ByteString) throws {
        let directory = try current()
        try directory.descriptor.makeSymlink(name, target: target)
        hasCreated = true
        if metadata == .canonical {
            try directory.descriptor.setModificationTime(canonicalModificationTime, of: name)
        }
    }

    /// Begins a directory.
    package mutating func beginDirectory() throws {
        let parent = try current()
        try parent.descriptor.makeDirectory(name, mode: metadata == .canonical ? 0o700 : 0o777)
        hasCreated = true
        directories.append(try OpenDirectory(parent.descriptor.openDirectory(name)))
    }

    /// Takes the name of the node that follows.
    package mutating func entry(_ name: FileName) { self.name = name }

    /// Ends the directory.
    package mutating func endDirectory() throws {
        guard directories.count > 1, let directory = directories.popLast() else {
            throw ArchivesError.invalidTree(reason: "a directory ends that did not begin")
        }
        if metadata == .canonical {
            try directory.descriptor.setMode(0o555)
            try directory.descriptor.setModificationTime(canonicalModificationTime)
        }
    }

    private func current() throws -> OpenDirectory {
        guard let directory = directories.last else {
            throw ArchivesError.invalidTree(reason: "there is no open directory")
        }
        return directory
    }
}

/// The modification time of everything in a store: one second after the epoch, because some
/// programs take zero for a mistake.
package let canonicalModificationTime: Int64 = 1
