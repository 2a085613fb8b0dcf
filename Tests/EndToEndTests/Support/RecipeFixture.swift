import Foundation
import TestSupport
import Testing

/// A store and a folder of recipes in it, which a static shell builds.
struct RecipeFixture {
    let store: StoreFixture
    /// The folder of recipes: what `--recipes` is given.
    let folder: String

    /// The lines of a recipe that let the static shell build it.
    static let toolchain = "toolchain = { recipe = \"tools\", shell = \"bin/sh\" }\n"

    init() throws {
        store = try StoreFixture()
        folder = store.directory.file("recipes")
        try write(
            "tools/recipe.toml",
            """
            name = "tools"
            version = "1"
            summary = "a static shell and its tools"
            [build]
            system = "unpack"
            [[sources]]
            file = "tools.tar"
            """)
        let packed = try ChildProcess(
            [
                "/bin/sh", "-c", "tar -C \"$0\" -cf \"$1\" bin", store.directory.file("tools"),
                folder + "/tools/tools.tar",
            ], environment: store.environment
        ).wait()
        #expect(packed.status == 0, "\(packed.error)")
    }

    /// Writes a file below the folder of recipes, and the folders that lead to it.
    func write(_ path: String, _ text: String) throws {
        let url = URL(filePath: folder + "/" + path)
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
    }

    /// Writes a recipe whose script makes `$out`; `more` are lines of its file before the tables.
    func recipe(
        _ name: String, _ script: String = "echo hello >\"$out\"", more: String = "",
        tables: String = ""
    ) throws {
        try write(
            "\(name)/recipe.toml",
            """
            name = "\(name)"
            version = "1"
            summary = "a test"
            \(Self.toolchain)\(more)
            [build]
            script = "build.sh"
            \(tables)
            """)
        try write("\(name)/build.sh", ". \"$setup\"\n\(script)\n")
    }

    /// Runs the command in the folder of recipes, with its recipes by name.
    func run(_ arguments: String...) throws -> ChildProcess.Result {
        try run(arguments, in: folder)
    }

    /// Runs it in another folder.
    func run(_ arguments: [String], in folder: String) throws -> ChildProcess.Result {
        try ChildProcess(
            ["/bin/sh", "-c", "cd \"$1\" && shift && exec \"$@\"", "sh", folder, store.binary]
                + ["--root", store.root] + arguments,
            environment: store.environment.merging(["NODEOS_RECIPES": self.folder]) { $1 }
        ).wait()
    }

    /// Runs it, and fails the test when it fails; the first line it prints.
    @discardableResult
    func succeed(_ arguments: String..., at location: SourceLocation = #_sourceLocation) throws
        -> String
    {
        let result = try run(arguments, in: folder)
        #expect(result.status == 0, "\(result.error)", sourceLocation: location)
        return result.lines.first ?? ""
    }
}
