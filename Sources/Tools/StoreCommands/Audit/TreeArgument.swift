import Archives
import Glibc
import LocalStore
import Primitives
import StoreModel
import SystemSupport

/// One side of a comparison as people name it: a store path (also by its base name, by a link that leads
/// to it, or a file inside), any file or directory of the machine, or a NAR, which is unpacked.
struct TreeArgument: ~Copyable {
    /// Where the tree is on this machine.
    let path: String
    /// What a NAR was unpacked to; removed with this value.
    private let unpacked: WorkDirectory?

    /// Finds what `text` names.
    ///
    /// - Throws: ``StoreCommandsError``, ``ArchivesError`` for a NAR that is damaged.
    init(_ text: String, _ layout: StoreLayout, _ context: CommandContext) throws {
        let path = try Self.place(text, layout, context)
        guard try Self.isArchive(path) else {
            self.path = path
            unpacked = nil
            return
        }
        let directory = try WorkDirectory(in: context.scratch)
        let tree = try TreeLocation(directory.path + "/tree")
        try restoreTree(
            from: DecompressingSource(FileSource(path: path), name: path), to: tree.name,
            in: tree.parent)
        self.path = directory.path + "/tree"
        unpacked = directory
    }

    private static func place(
        _ text: String, _ layout: StoreLayout, _ context: CommandContext
    ) throws -> String {
        var file = context.absolute(text)
        file = "/" + file.pathComponents.joined(separator: "/")
        for _ in 0..<40 {
            if let rest = file.path(below: layout.storeDirectory.path) {
                file = layout.realStoreDirectory + "/" + rest
                break
            }
            guard let target = SymbolicLink.target(of: file) else { break }
            file = target.isAbsolutePath ? target : SymbolicLink.directory(of: file) + "/" + target
        }
        if try kind(of: file) != nil { return file }
        // A text that is no store path is the name of a file.
        if !text.utf8.contains(0x2f), let item = try? StorePath(baseName: text),
            try kind(of: layout.realPath(of: item)) != nil
        {
            return layout.realPath(of: item)
        }
        throw StoreCommandsError.badArgument(text, reason: "no such file, directory or store path")
    }

    /// The type bits of a file's mode; `nil` when there is none.
    private static func kind(of path: String) throws -> mode_t? {
        var status = stat()
        guard unsafe lstat(path.systemPath, &status) == 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw HostError.system("inspect", path, errno)
        }
        return status.st_mode & S_IFMT
    }

    /// Whether the file is a NAR: by its first bytes, or compressed and named so.
    private static func isArchive(_ path: String) throws -> Bool {
        guard try kind(of: path) == S_IFREG else { return false }
        let name = path.pathComponents.last ?? ""
        if name.contains(".nar.") { return true }
        let head = try OpenFile(reading: path).bytes(at: 0, count: 24)
        return head.starts(with: [13, 0, 0, 0, 0, 0, 0, 0]) && head.count == 24
            && head[8..<21].elementsEqual("nix-archive-1".utf8)
    }
}
