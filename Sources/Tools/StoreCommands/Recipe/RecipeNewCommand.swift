package import ArgumentParser
import Glibc
import Primitives
import Recipes
import StoreModel
import SystemSupport

/// `recipe new`: a folder to begin with.
package struct RecipeNewCommand: StoreCommand {
    /// Name and help.
    package static let configuration = CommandConfiguration(
        commandName: "new", abstract: "Make a folder with a recipe to begin with.",
        discussion: """
            The folder has the recipe's name, and lies in the working directory or in --recipes. What is \
            there already stays as it is.

            Example:
              nodeos-store recipe new hello
              nodeos-store recipe new --system autotools hello
            """)

    @OptionGroup(title: "Store")
    var store: StoreOptions

    @Option(help: "How it is built: script, autotools, make, meson, copy or unpack.")
    var system = RecipeFile.Build.System.script

    @Argument(help: "The recipe's name.")
    var name: String

    /// Nothing made yet.
    package init() {}

    /// Makes the folder and prints where it is.
    package func run(in context: CommandContext) async throws {
        do { try StorePath.check(name: name) } catch {
            throw ValidationError("'\(name)' cannot be the name of a recipe: \(error)")
        }
        guard try !RecipeFiles.isBuiltIn(name) else {
            throw ValidationError(
                "'\(name)' is a recipe of NodeOS; choose another name, and extends = \"\(name)\" to make "
                    + "a variant of it")
        }
        let folder =
            (context.recipes ?? context.variable("NODEOS_RECIPES")).map { $0 + "/" + name } ?? name
        let path = context.absolute(folder)
        guard unsafe mkdir(path.systemPath, 0o777) == 0 else {
            throw StoreCommandsError.badFile(
                folder, reason: "cannot make this folder: \(systemMessage(errno))")
        }
        for (file, text) in RecipeFile.template(name: name, system: system) {
            try Self.write(text, to: "\(path)/\(file)")
        }
        try context.output.print(folder)
    }

    private static func write(_ text: String, to path: String) throws {
        let descriptor = unsafe open(
            path.systemPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw HostError.system("make", path, errno) }
        defer { close(descriptor) }
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            guard count >= 0 else { throw HostError.system("write", path, errno) }
            bytes = bytes.dropFirst(count)
        }
    }
}

extension RecipeFile.Build.System: ExpressibleByArgument {}
