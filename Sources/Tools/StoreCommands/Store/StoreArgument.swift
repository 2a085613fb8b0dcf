import Glibc
import LocalStore
import StoreModel

/// Store paths as people name them: in full, by their base name, or by a link that leads to them.
struct StoreArgument {
    let layout: StoreLayout
    let context: CommandContext

    /// The store path that `text` names; anything below a store item names the item.
    ///
    /// - Throws: ``StoreCommandsError/badArgument(_:reason:)``.
    func path(_ text: String) throws -> StorePath {
        if !text.contains("/"), SymbolicLink.target(of: context.absolute(text)) == nil,
            let path = try? StorePath(baseName: text)
        {
            return path
        }
        var file = context.absolute(text)
        for _ in 0..<40 {
            for directory in [layout.storeDirectory.path, layout.realStoreDirectory] {
                guard let store = try? StoreDirectory(directory), file.hasPrefix(directory + "/")
                else { continue }
                return try store.parse(below: file)
            }
            guard let target = SymbolicLink.target(of: file) else {
                guard let resolved = realPath(file), resolved != file else { break }
                file = resolved
                continue
            }
            file = target.hasPrefix("/") ? target : SymbolicLink.directory(of: file) + "/" + target
        }
        throw StoreCommandsError.badArgument(
            text,
            reason: "neither a path in the store '\(layout.storeDirectory)' nor a link to one")
    }

    /// The path that several texts name, in their order.
    func paths(_ texts: [String]) throws -> [StorePath] { try texts.map(path) }

    /// `path` with every link in its directories followed; `nil` when it does not exist.
    private func realPath(_ path: String) -> String? {
        guard let resolved = unsafe realpath(path, nil) else { return nil }
        defer { unsafe free(resolved) }
        return unsafe String(cString: resolved)
    }
}
