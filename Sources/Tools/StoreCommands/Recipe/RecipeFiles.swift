import Glibc
import Primitives
import Recipes
import SystemSupport

/// Recipe files on this machine.
struct RecipeFiles {
    /// What a loader reads.
    let folders: RecipeFolders
    private let context: CommandContext

    /// The largest file beside a recipe: it is held in memory.
    private static let maximumSize = 64 << 20

    /// The files that `context` leads to: the folder of `--recipes`, or of the environment.
    init(_ context: CommandContext) throws {
        self.context = context
        var named: [String: String] = [:]
        if let folder = context.recipes ?? context.variable("NODEOS_RECIPES") {
            let absolute = context.absolute(folder)
            let entries = try DirectoryEntries(of: absolute)
            // Links to folders of recipes are as good as the folders.
            for name in entries.directories + entries.others
            where try SymbolicLink.isPresent("\(absolute)/\(name)/recipe.toml") {
                named[name] = Self.trimmed(folder) + "/" + name
            }
        }
        folders = RecipeFolders(named: named) { folder, path throws(RecipeFolders.Refusal) in
            try Self.read(context.absolute(folder), path)
        }
    }

    /// The recipe file that `text` is, or that lies in the folder that it is.
    func location(_ text: String) throws -> (folder: String, file: String)? {
        guard !text.isEmpty else { return nil }
        var status = stat()
        guard unsafe stat(context.absolute(text).systemPath, &status) == 0 else {
            // A link that leads in a circle, or nowhere, is no recipe either.
            guard [ENOENT, ENOTDIR, ELOOP, ENAMETOOLONG].contains(errno) else {
                throw HostError.system("look at", text, errno)
            }
            return nil
        }
        switch status.st_mode & S_IFMT {
        case S_IFDIR:
            // NodeOS's recipes are not shadowed by folders that happen to have their names.
            if !text.contains("/"), try Self.isBuiltIn(text) { return nil }
            let folder = Self.trimmed(text)
            guard try SymbolicLink.isPresent(context.absolute(folder) + "/recipe.toml") else {
                return nil
            }
            return (folder, "recipe.toml")
        case S_IFREG where text.hasSuffix(".toml"):
            return (SymbolicLink.directory(of: text), SymbolicLink.baseName(of: text))
        default: return nil
        }
    }

    /// Whether NodeOS has a recipe of this name.
    static func isBuiltIn(_ name: String) throws -> Bool {
        try PackageGraph.nodeos(for: .x8664).packages.contains { $0.fullName == name }
    }

    /// An argument without `#check` at its end, and whether it was there.
    static func withoutCheck(_ text: String) -> (base: String, wantsCheck: Bool) {
        text.hasSuffix("#check") ? (String(text.dropLast(6)), true) : (text, false)
    }

    private static func trimmed(_ folder: String) -> String {
        var folder = folder
        while folder.count > 1, folder.hasSuffix("/") { folder.removeLast() }
        return folder
    }

    /// Reads a file of a folder, which no link may lead out of.
    private static func read(_ folder: String, _ path: String) throws(RecipeFolders.Refusal)
        -> RecipeFolders.File
    {
        func resolved(_ path: String) throws(RecipeFolders.Refusal) -> String {
            guard let text = unsafe realpath(path.systemPath, nil) else {
                let code = errno
                throw RecipeFolders.Refusal(
                    code == ENOENT
                        ? "there is no such file in the recipe's folder"
                        : "cannot find the file: \(systemMessage(code))")
            }
            defer { unsafe free(text) }
            return unsafe String(systemString: text)
        }
        let root = try resolved(folder)
        let file = try resolved(folder + "/" + path)
        // Byte by byte: to Swift, names in two ways of Unicode are one.
        guard file.utf8.starts(with: (root == "/" ? "/" : root + "/").utf8) else {
            throw RecipeFolders.Refusal("a symbolic link leads out of the recipe's folder")
        }
        do {
            return RecipeFolders.File(
                identity: Array(file.utf8),
                bytes: try FileBytes.read(path: file, limit: maximumSize))
        } catch { throw RecipeFolders.Refusal("\(error)") }
    }
}
