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
            for name in try DirectoryEntries(of: absolute).directories
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
            // Whoever names a file that cannot be looked at is told so when it is opened.
            return nil
        }
        switch status.st_mode & S_IFMT {
        case S_IFDIR:
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
        guard file.hasPrefix(root == "/" ? "/" : root + "/") else {
            throw RecipeFolders.Refusal("a symbolic link leads out of the recipe's folder")
        }
        do {
            return RecipeFolders.File(
                identity: file, bytes: try FileBytes.read(path: file, limit: maximumSize))
        } catch { throw RecipeFolders.Refusal("\(error)") }
    }
}
