import Foundation
import Primitives
import StoreModel
import TestSupport
import Testing

/// Recipes that somebody wrote, from file to output.
@Suite struct RecipeFileTests {
    let recipes: RecipeFixture
    var store: StoreFixture { recipes.store }

    init() throws { recipes = try RecipeFixture() }

    private func contents(_ path: String) throws -> String {
        try String(contentsOfFile: store.real(path), encoding: .utf8)
    }

    @Test func aFolderIsBuilt() throws {
        try recipes.recipe(
            "hello", "mkdir \"$out\"; echo \"$greeting\" >\"$out/greeting\"",
            tables: "[variables]\ngreeting = \"hello\"")
        let out = try recipes.succeed("realise", "./hello/")
        #expect(out.hasSuffix("-hello-1"))
        #expect(try contents(out + "/greeting") == "hello\n")
        // By name, by file and as an argument of questions it is the same.
        #expect(try recipes.succeed("realise", "hello/recipe.toml") == out)
        #expect(try recipes.succeed("realise", "hello") == out)
        #expect(try recipes.succeed("query", "outputs", "./hello") == out)
        #expect(try recipes.run("graph", "--format", "tree", "./hello").output.contains("tools-1"))
        #expect(try recipes.run("derivation", "show", "./hello").output.contains(out))
        #expect(try recipes.run("log", "./hello").status == 0)
        #expect(try recipes.run("instantiate", "--list").output.contains("hello"))
    }

    @Test func theSameFileIsTheSameAnywhere() throws {
        try recipes.recipe("hello")
        let drv = try recipes.succeed("instantiate", "hello")
        let other = store.directory.file("elsewhere")
        try FileManager.default.createDirectory(
            atPath: other, withIntermediateDirectories: false)
        try FileManager.default.copyItem(atPath: recipes.folder + "/hello", toPath: other + "/x")
        #expect(try recipes.run(["instantiate", "."], in: other + "/x").lines == [drv])
        #expect(try recipes.run(["instantiate", "x/recipe.toml"], in: other).lines == [drv])
        // Neither do times, modes and notes matter; a script's bytes do.
        try recipes.write("hello/notes.txt", "not named by the recipe")
        #expect(try recipes.succeed("instantiate", "hello") == drv)
        try recipes.write("hello/build.sh", "echo hi >\"$out\"\n")
        #expect(try recipes.succeed("instantiate", "hello") != drv)
    }

    @Test func recipesNeedEachOther() throws {
        try recipes.recipe(
            "library",
            "mkdir -p \"$out/bin\" \"$lib\"; echo 'echo from library' >\"$out/bin/tool\"; chmod +x \"$out/bin/tool\"; echo 42 >\"$lib/answer\"",
            more: "outputs = [\"out\", \"lib\"]")
        try recipes.recipe(
            "program", "{ tool; cat \"$answer\"; echo $inputs; } >\"$out\"",
            more: "inputs = [\"library\"]",
            tables:
                "[variables]\nanswer = { recipe = \"library\", output = \"lib\", suffix = \"/answer\" }"
        )
        let text = try contents(try recipes.succeed("realise", "./program"))
        #expect(text.hasPrefix("from library\n42\n/nodeos/store/"))
        #expect(text.contains("-library-1-lib"))
    }

    @Test func aRecipeInTheFolderIsNamedByItsFile() throws {
        try recipes.recipe(
            "outer", "cat \"$inner\" >\"$out\"",
            tables: "[variables]\ninner = { recipe = \"./inner\" }")
        try recipes.recipe("outer/inner", "echo within >\"$out\"")
        try recipes.write(
            "outer/inner/recipe.toml",
            try contents(at: "outer/inner/recipe.toml").replacing("outer/inner", with: "inner"))
        #expect(try contents(try recipes.succeed("realise", "./outer")) == "within\n")
    }

    private func contents(at path: String) throws -> String {
        try String(contentsOfFile: recipes.folder + "/" + path, encoding: .utf8)
    }

    @Test func aCheckIsADerivationOfItsOwn() throws {
        try recipes.recipe("hello", tables: "[check]\nscript = \"check.sh\"")
        try recipes.write("hello/check.sh", ". \"$setup\"\ngrep hello \"$checked\" >\"$out\"\n")
        let drv = try recipes.succeed("instantiate", "hello")
        #expect(try contents(try recipes.succeed("realise", "./hello#check")) == "hello\n")
        #expect(try recipes.succeed("realise", "hello-check").hasSuffix("-hello-check-1"))
        // A check that fails leaves the package as it is.
        try recipes.write("hello/check.sh", ". \"$setup\"\nfail 'not good'\n")
        let failed = try recipes.run("realise", "./hello#check")
        #expect(failed.status == 100)
        #expect(failed.error.contains("hello-check-1: not good"))
        #expect(try recipes.succeed("instantiate", "hello") == drv)
    }

    @Test func filesAreCopied() throws {
        try recipes.write(
            "data/recipe.toml",
            """
            name = "data"
            version = "1"
            summary = "files"
            \(RecipeFixture.toolchain)
            [build]
            system = "copy"
            files = { "bin/tool" = "tool.sh", "share/a file" = "data.txt" }
            """)
        try recipes.write("data/tool.sh", "#!/bin/sh\necho tool\n")
        try recipes.write("data/data.txt", "data")
        let out = try recipes.succeed("realise", "data")
        #expect(try contents(out + "/share/a file") == "data")
        #expect(FileManager.default.isExecutableFile(atPath: store.real(out + "/bin/tool")))
        #expect(!FileManager.default.isExecutableFile(atPath: store.real(out + "/share/a file")))
    }

    @Test func aVariantIsAnotherPackage() throws {
        try recipes.recipe(
            "hello", "echo \"$greeting\" >\"$out\"", tables: "[variables]\ngreeting = \"hello\"")
        try recipes.write(
            "hola/recipe.toml",
            """
            name = "hola"
            extends = "hello"
            variables = { greeting = "hola" }
            """)
        let hello = try recipes.succeed("instantiate", "hello")
        let out = try recipes.succeed("realise", "hola")
        #expect(out.hasSuffix("-hola-1"))
        #expect(try contents(out) == "hola\n")
        #expect(try recipes.succeed("instantiate", "hello") == hello)
        // Of one of NodeOS's as well, patches and version included.
        try recipes.write(
            "zlib-fast/recipe.toml",
            """
            name = "zlib-fast"
            version = "1.2.13.1"
            extends = "zlib-final"
            patches = ["faster.patch"]
            variables = { CFLAGS = "-O3" }
            """)
        try recipes.write("zlib-fast/faster.patch", "--- a/x\n+++ b/x\n")
        let plan = try recipes.run("realise", "--dry-run", "zlib-fast")
        #expect(
            plan.error.contains("zlib-fast-source-1.2.13.1")
                || plan.output.contains("zlib-fast-source-1.2.13.1"))
    }

    @Test func mesonComesFromTheStageThatBuilds() throws {
        for (toolchain, tools) in [
            ("seeds", ["meson-boot0", "ninja-boot0", "pkgconf-boot0"]),
            ("final", ["meson-final", "ninja-final", "pkgconf-final", "python-final"]),
        ] {
            try recipes.write(
                "tool/recipe.toml",
                """
                name = "tool"
                version = "1"
                summary = "a test"
                toolchain = "\(toolchain)"
                build = { system = "meson" }
                sources = [{ file = "tool.tar" }]
                """)
            try recipes.write("tool/tool.tar", "")
            let shown = try recipes.run("recipe", "show", "tool").lines
            let needs = shown.filter { $0.hasPrefix("needs ") }.joined()
            for tool in tools { #expect(needs.contains(tool), "\(shown)") }
            #expect(needs.contains(toolchain == "seeds" ? "seeds" : "toolchain-final"))
            #expect(toolchain == "final" || !needs.contains("-final"))
        }
    }

    @Test func aShellIsEntered() throws {
        try recipes.recipe("hello", tables: "[variables]\ngreeting = \"hola\"")
        let shown = try recipes.run("shell", "./hello/", "--", "sh", "-c", "echo $greeting $name")
        #expect(shown.output == "hola hello-1\n", "\(shown.error)")
    }

    @Test func variablesAreComparedWithTheScript() throws {
        try recipes.recipe(
            "hello", "echo \"$greetng\" >\"$out\"", tables: "[variables]\ngreeting = \"hello\"")
        let checked = try recipes.run("recipe", "check", "hello")
        #expect(checked.status == 1)
        #expect(
            checked.error.contains(
                "hello/recipe.toml: build.sh, line 2: reads $greetng, which neither"))
        #expect(checked.error.contains("build.sh does not read $greeting, which the recipe sets"))
        // A warning where it is built: the script may know better.
        let drv = try recipes.run("instantiate", "hello")
        #expect(drv.status == 0)
        #expect(drv.error.contains("warning: "))
        try recipes.recipe(
            "hello", "echo \"$greeting\" >\"$out\"", tables: "[variables]\ngreeting = \"hello\"")
        #expect(try recipes.run("recipe", "check", "hello").status == 0)
    }

    @Test func whatTheProgramWritesIsRight() throws {
        for system in ["script", "autotools", "make", "meson", "copy"] {
            let made = try recipes.run("recipe", "new", "--system", system, "new-\(system)")
            #expect(made.status == 0, "\(made.error)")
            let checked = try recipes.run("recipe", "check", "new-\(system)")
            if ["script", "copy"].contains(system) {
                #expect(checked.status == 0, "\(checked.error)")
            } else {
                // What only its author knows.
                #expect(checked.error.contains(":17:8: the hash is not there yet"))
                #expect(checked.error.split(separator: "\n").count == 1)
            }
        }
        #expect(try recipes.run("recipe", "new", "new-script").status == 1)
        #expect(try recipes.run("recipe", "new", "barebones").status == 2)
        let shown = try recipes.run("recipe", "show", "--json", "new-script")
        let json = try JSONValue(parsing: Array(shown.output.utf8))
        #expect(json["name"]?.string == "new-script")
        #expect(json["licence"]?.string == "MIT")
        #expect(
            try JSONValue(parsing: Array(recipes.run("recipe", "schema").output.utf8))["title"]
                != nil)
    }
}
