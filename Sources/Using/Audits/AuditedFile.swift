import Archives
import Glibc
import Primitives
import StoreModel

/// One entry of an output's tree.
struct AuditedFile: Sendable {
    /// What it is.
    enum Kind: Sendable {
        /// A regular file of so many bytes.
        case contents(UInt64)
        /// A symbolic link.
        case link(target: ByteString)
        /// A directory: only its name counts.
        case directory
    }

    /// The output.
    let output: StorePath
    /// The path in the output; empty for the output itself.
    let path: ByteString
    /// What it is.
    let kind: Kind
    /// Where it is on this machine.
    private let realPath: [UInt8]

    /// Everything in the tree of `output`, which lies at `root`, in the order of the names.
    static func files(of output: StorePath, at root: String) throws -> [AuditedFile] {
        let location = try TreeLocation(root)
        var files: [AuditedFile] = []
        try collect(location.name, location.parent, [], output, root.systemBytes, 0, &files)
        return files
    }

    /// Opens a regular file.
    func open() throws -> OpenFile {
        let text = String(systemBytes: realPath)
        let descriptor = unsafe Glibc.open(text.systemPath, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else {
            throw AuditError.system(operation: "open", path: text, code: errno)
        }
        return OpenFile(owning: descriptor, path: text)
    }

    private static func collect(
        _ name: FileName, _ parent: borrowing DirectoryDescriptor, _ path: [UInt8],
        _ output: StorePath, _ realPath: [UInt8], _ depth: Int, _ files: inout [AuditedFile]
    ) throws {
        let status = try parent.status(of: name)
        func add(_ kind: Kind) {
            files.append(
                AuditedFile(
                    output: output, path: ByteString(path), kind: kind, realPath: realPath))
        }
        switch status.kind {
        case .regular: add(.contents(status.size))
        case .symlink: add(.link(target: try parent.readLink(name)))
        case .directory where depth < TreeWalker.maximumDepth:
            if !path.isEmpty { add(.directory) }
            let directory = try parent.openDirectory(name)
            let listing = try DirectoryListing(of: directory)
            for index in 0..<listing.count {
                let child = listing.name(at: index)
                let lead = path.isEmpty ? [] : path + [0x2f]
                try collect(
                    child, directory, lead + child.bytes, output, realPath + [0x2f] + child.bytes,
                    depth + 1, &files)
            }
        case .directory, .other:
            throw ArchivesError.unsupportedFileType(
                path: parent.path(of: name), type: "file that no store item holds")
        }
    }
}
