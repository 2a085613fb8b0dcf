import Glibc
import LocalStore
import Primitives
import StoreModel
import SystemSupport

/// Store paths as people name them: in full, by their base name, by a link that leads to them, or by the
/// name of a recipe, where nothing in the working directory has it.
struct StoreArgument {
    let layout: StoreLayout
    let context: CommandContext
    /// What recipes' names stand for; `nil` where they mean nothing.
    private var recipes: RecipeArgument?

    /// Arguments that no recipe can be meant by.
    init(layout: StoreLayout, context: CommandContext) {
        self.layout = layout
        self.context = context
    }

    /// Arguments of a command that works on `store`.
    init(
        _ store: LocalStore, _ context: CommandContext,
        recipes meaning: RecipeArgument.Meaning = .derivation
    ) {
        self.init(layout: store.layout, context: context)
        recipes = RecipeArgument(store: store, meaning: meaning, context: context)
    }

    /// The store path that `text` names; anything below a store item names the item. Of a recipe's
    /// outputs the one that is meant where nothing else is said.
    ///
    /// - Throws: ``StoreCommandsError``; what a recipe's name stands for may not be there.
    func path(_ text: String) throws -> StorePath { try candidates(text)[0] }

    /// The paths that several texts name, in their order.
    func paths(_ texts: [String]) throws -> [StorePath] { try texts.flatMap(candidates) }

    /// What `text` names: never nothing.
    private func candidates(_ text: String) throws -> [StorePath] {
        if !text.utf8.contains(0x2f), SymbolicLink.target(of: context.absolute(text)) == nil,
            // Not the name of a store item: then it is one of the others.
            let path = try? StorePath(baseName: text)
        {
            return [path]
        }
        if let path = try place(text) { return [path] }
        let (file, _) = RecipeFiles.withoutCheck(text)
        if let recipes, try RecipeFiles(context).location(file) != nil,
            let found = try recipes.paths(text)
        {
            return found
        }
        if try SymbolicLink.isPresent(context.absolute(text)) {
            throw StoreCommandsError.badArgument(
                text,
                reason:
                    "this file is neither in the store '\(layout.storeDirectory)' nor a link to "
                    + "something in it" + (try recipeBehind(text)))
        }
        if !text.utf8.contains(0x2f), let found = try recipes?.paths(text) { return found }
        throw StoreCommandsError.badArgument(text, reason: try absence(of: text))
    }

    /// The store item that the file `text` lies in, or leads to by links.
    private func place(_ text: String) throws -> StorePath? {
        var file = context.absolute(text)
        for _ in 0..<40 {
            for directory in [layout.storeDirectory.path, layout.realStoreDirectory] {
                guard let rest = file.path(below: directory) else { continue }
                return try StorePath(baseName: rest.pathComponents.first ?? "")
            }
            guard let target = SymbolicLink.target(of: file) else {
                guard let resolved = realPath(file), resolved != file else { break }
                file = resolved
                continue
            }
            file = target.isAbsolutePath ? target : SymbolicLink.directory(of: file) + "/" + target
        }
        return nil
    }

    /// `path` with every link in its directories followed; `nil` when it does not exist.
    private func realPath(_ path: String) -> String? {
        guard let resolved = unsafe realpath(path.systemPath, nil) else { return nil }
        defer { unsafe free(resolved) }
        return unsafe String(systemString: resolved)
    }

    // MARK: What to do instead

    /// Why nothing is meant by `text`, of which there is no file.
    private func absence(of text: String) throws -> String {
        let name = SymbolicLink.baseName(of: text)
        let isDerivation = name.hasSuffix(".drv")
        guard recipes != nil, isDerivation || !text.utf8.contains(0x2f) else {
            return "there is no such file, and it is not in the store '\(layout.storeDirectory)'"
        }
        let wanted = isDerivation ? String(name.dropLast(4)) : name
        let near = try RecipeSet(context).nearest(to: wanted)
        guard isDerivation else {
            return "there is no file and no recipe '\(wanted)'; "
                + (near.map { "did you mean '\($0)'?" }
                    ?? "'nodeos-store instantiate --list' shows the recipes")
        }
        guard let near else { return "there is no such file" }
        let file = text.dropLast(name.count) + near + ".drv"
        return "there is no such file; " + (near == wanted ? "" : "did you mean '\(file)'? ")
            + "'nodeos-store instantiate \(near) -o \(file)' makes it"
    }

    /// What to say of the recipe that has the name of the file `text`.
    private func recipeBehind(_ text: String) throws -> String {
        guard recipes != nil, try RecipeSet(context).nearest(to: text) == text else { return "" }
        return
            "; to mean the recipe of that name, run this elsewhere, or 'nodeos-store instantiate "
            + "\(text) -o \(text).drv' and name '\(text).drv'"
    }
}
