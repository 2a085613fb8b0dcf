import Foundation
import Glibc
import TestSupport
import Testing

/// What people get wrong in recipes: each is told with its place, and nothing is added to the store.
@Suite struct RecipeFaultTests {
    let recipes: RecipeFixture

    init() throws {
        recipes = try RecipeFixture()
        try recipes.recipe("good")
    }

    private static let head = "name = \"bad\"\nversion = \"1\"\nsummary = \"a test\"\n"
    private static let build = "[build]\nscript = \"build.sh\"\n"

    struct Fault: CustomTestStringConvertible, Sendable {
        var text: String
        var sentences: [String]
        var testDescription: String { sentences[0] }
    }

    static let faults: [Fault] = [
        Fault(
            text: head + "inputs = [\"zlb-final\", \"god\"]\n" + build,
            sentences: [
                ":4:11: there is no recipe 'zlb-final'; did you mean 'zlib-final'?",
                ":4:24: there is no recipe 'god'; did you mean 'good'?",
            ]),
        Fault(
            text: head + "[build]\nscript = \"bild.sh\"\n",
            sentences: [":5:10: 'bild.sh': there is no such file in the recipe's folder"]),
        Fault(
            text: head + "outputs = [\"out\",\n  \"lib\", \"lib\"]\n" + build,
            sentences: [":5:10: two outputs are named 'lib'; the other stands in line 5"]),
        Fault(
            text: head + "[build]\nscript = \"../good/build.sh\"\n",
            sentences: [":5:10: '../good/build.sh' leads out of the recipe's folder"]),
        Fault(
            text: head + "patches = [\"/etc/passwd\"]\n[[sources]]\nfile = \"a/../../x\"\n" + build,
            sentences: [
                ":4:12: '/etc/passwd' leads out of", ":6:8: 'a/../../x' leads out of",
            ]),
        Fault(
            text: head + build
                + "[[sources]]\nurls = [\"https://example.org/a\"]\nhash = \"abc\"\n",
            sentences: [":8:8: 'abc' does not say its hash algorithm"]),
        Fault(
            text: head + build
                + "[[sources]]\nurls = [\"https://example.org/a\"]\nhash = \"sha256:abc\"\n",
            sentences: [":8:8: 'sha256:abc' has 10 characters; a sha256 hash has 64"]),
        Fault(
            text: head + build + "[[sources]]\nurls = [\"https://example.org/a\"]\nhash = \"\"\n",
            sentences: [":8:8: the hash is not there yet; "]),
        Fault(
            text: "nme = \"bad\"\nversion = 1\n" + build,
            sentences: [
                ":1:1: the key 'name' is missing", ":1:1: the key 'summary' is missing",
                ":1:1: unknown key 'nme'; did you mean 'name'?",
                ":2:11: this is a whole number; write a text in quotes",
            ]),
        Fault(
            text: head + "version = \"2\"\n" + build,
            sentences: [
                ":4:11: not TOML: key-value pair: cannot redefine existing string 'version'"
            ]),
        Fault(
            text: "name = \"bad\n\"\n", sentences: [":1:12: not TOML: string: "]),
        Fault(
            text: "name:\t\"bad\"\n", sentences: [":1:5: not TOML: key-value pair: expected '='"]),
        Fault(
            text: head + "[build]\nsystem = \"autotool\"\nmake = [\"a\"]\n",
            sentences: [":5:10: there is no build system 'autotool'; did you mean 'autotools'?"]),
        Fault(
            text: head + "[build]\nsystem = \"make\"\nconfigure = [\"a\"]\n",
            sentences: [
                ":6:1: the build system 'make' has no 'configure'; it has folder, make, test"
            ]),
        Fault(
            text: head + build + "[variables]\nout = \"x\"\n\"a-b\" = \"x\"\n",
            sentences: [":8:1: 'a-b' is no name that a script can read"]),
        Fault(
            text: head + build + "[variables]\nsrc = \"x\"\n",
            sentences: [":7:1: every build has a variable 'src' already"]),
        Fault(
            text: head + build + "[variables]\nx = { recipe = \"gcc-final\", output = \"dev\" }\n",
            sentences: [":7:38: 'gcc-final' has no output 'dev'; it has 'out', 'lib'"]),
        Fault(
            text: head + build + "[processor.arm64]\nsummary = \"x\"\n",
            sentences: [":6:12: unknown key 'arm64'"]),
        Fault(
            text: head.replacing("bad", with: "barebones") + build,
            sentences: [":1:8: 'barebones' is a recipe of NodeOS"]),
        Fault(
            text: head.replacing("bad", with: "other") + build,
            sentences: [":1:8: this recipe lies in the folder 'bad', which is"]),
        Fault(
            text: head.replacing("\"1\"", with: "\"1/2\"") + build,
            sentences: [":2:11: '1/2' cannot be a version"]),
        Fault(
            text: head + "[build]\nsystem = \"make\"\nmake = [\"D=$out\", \"a\\nb\"]\n",
            sentences: [
                ":6:9: variables are not replaced here; '@out@' stands for",
                ":6:19: a word stands on one line",
            ]),
        Fault(
            // A slash with a mark over it is a slash.
            text: head + "patches = [\"../\\u0338x\"]\n" + build,
            sentences: [":4:12: '../\u{338}x' leads out"]),
        Fault(
            text: head + "tools = [{ recipe = \"gcc-final\", output = \"lib\" }]\n" + build,
            sentences: [":4:43: programs of tools are found in the output 'out'"]),
        Fault(
            text: head + "toolchain = { recipe = \"good\", shell = \"../sh\" }\n" + build,
            sentences: [":4:40: a shell is named as it lies in its package"]),
        Fault(
            text: head + "extends = \"nonsense-final\"\n",
            sentences: [":4:11: there is no recipe 'nonsense-final'"]),
        Fault(
            text: head + "inputs = [\"zlib\"]\n" + build,
            sentences: [":4:11: there is no recipe 'zlib'; did you mean 'zlib-final'?"]),
        Fault(
            text: head + "[sources]\nurls = [\"x\"]\n" + build,
            sentences: [":4:1: 'sources' is a table; write a list of tables, with two brackets"]),
        Fault(
            text: head + "[build]\nsystem = \"make\"\n",
            sentences: [
                ":1:8: the build system 'make' unpacks one source, and [[sources]] names none"
            ]),
        Fault(
            text: head
                + "extends = \"zlib-final\"\nbuild = { make = [\"V=1\"], test = \"check\" }\n",
            sentences: [
                ":5:18: 'make' means nothing to 'zlib.sh', which builds what this extends",
                ":5:34: 'test' means nothing to",
            ]),
        Fault(
            text: head + build
                + "[[sources]]\nurls = [\"https://example.org/a\"]\nhash = \"md5:d41d8cd98f00b204e9800998ecf8427e\"\n",
            sentences: [":8:8: md5 no longer tells files apart; use sha256 or sha512"]),
        Fault(
            text: head + "toolchain = \"finl\"\n" + build,
            sentences: [":4:13: there is no recipe 'finl'"]),
        Fault(
            text: head + "summary2 = \"a\\u0000b\"\nhomepage = \"a\\u0000b\"\n" + build,
            sentences: [":5:12: a text here cannot hold the character U+0000"]),
    ]

    @Test(arguments: faults) func isToldWithItsPlace(fault: Fault) throws {
        try recipes.write("bad/recipe.toml", fault.text)
        try recipes.write("bad/build.sh", "true\n")
        for command in [["instantiate"], ["realise"], ["recipe", "check"]] {
            // By name where that is what is wrong; never a build of the whole toolchain.
            let name = fault.text.contains("other") ? "bad" : "./bad/"
            let options = command == ["realise"] ? ["--dry-run"] : []
            let folder = name == "bad" ? recipes.store.directory.path : recipes.folder
            let result = try recipes.run(command + options + [name], in: folder)
            #expect(result.status == 1, "\(result.error)")
            #expect(result.output.isEmpty)
            for sentence in fault.sentences {
                #expect(result.error.contains("/bad/recipe.toml" + sentence), "\(result.error)")
            }
        }
        #expect(try recipes.run("query", "valid-derivers", "/nodeos/store/x").status != 0)
    }

    @Test func recipesThatNeedEachOtherInACircle() throws {
        try recipes.recipe("first", more: "inputs = [\"second\"]")
        try recipes.recipe("second", more: "tools = [\"third\"]")
        try recipes.recipe("third", tables: "[variables]\nx = { recipe = \"first\" }")
        let result = try recipes.run("instantiate", "./first")
        #expect(result.status == 1)
        #expect(
            result.error.contains(
                "third/recipe.toml:9:16: these recipes need each other: 'first' → 'second' → 'third' → 'first'"
            ), "\(result.error)")
        try recipes.recipe("self", more: "inputs = [\"self\"]")
        #expect(try recipes.run("instantiate", "self").error.contains("'self' → 'self'"))
    }

    @Test func nothingOutsideOfTheFolderIsRead() throws {
        try recipes.recipe("bad")
        let files = FileManager.default
        let script = recipes.folder + "/bad/build.sh"
        try files.removeItem(atPath: script)
        try files.createSymbolicLink(atPath: script, withDestinationPath: "../good/build.sh")
        let outside = try recipes.run("instantiate", "./bad")
        #expect(outside.status == 1)
        #expect(
            outside.error.contains("'build.sh': a symbolic link leads out of the recipe's folder"))
        // A link within it is one.
        try recipes.write("bad/real.sh", "echo >\"$out\"\n")
        try files.removeItem(atPath: script)
        try files.createSymbolicLink(atPath: script, withDestinationPath: "real.sh")
        #expect(try recipes.run("instantiate", "./bad").status == 0)
        try files.removeItem(atPath: script)
        #expect(unsafe mkfifo(script, 0o600) == 0)
        #expect(try recipes.run("instantiate", "./bad").error.contains("is not a regular file"))
        // The same for a recipe that lies below it by a link.
        try recipes.recipe("outer", tables: "[variables]\nx = { recipe = \"./inner\" }")
        try files.createSymbolicLink(
            atPath: recipes.folder + "/outer/inner", withDestinationPath: "../good")
        #expect(
            try recipes.run("instantiate", "./outer").error.contains(
                "'./inner': a symbolic link leads out of the recipe's folder"))
    }

    @Test func aFolderShadowsNoRecipeOfNodeOS() throws {
        try recipes.recipe("zlib-final")
        try recipes.write("zlib-final/recipe.toml", "name = \"mine\"\nextends = \"good\"\n")
        let other = try recipes.store.succeed("instantiate", "zlib-final").lines
        #expect(try recipes.run("instantiate", "zlib-final").lines == other)
        #expect(try recipes.run("instantiate", "./zlib-final").lines != other)
        #expect(
            try recipes.run("realise", "--dry-run", "zlib-final").error.contains(
                "to mean the recipe of that name"))
    }

    @Test func whatCannotBeLookedAtIsNotAbsent() throws {
        guard geteuid() != 0 else { try Test.cancel("root may look at everything") }
        let folder = recipes.folder + "/closed"
        try recipes.write("closed/in/recipe.toml", "")
        #expect(unsafe chmod(folder, 0) == 0)
        defer { _ = unsafe chmod(folder, 0o700) }
        let result = try recipes.run("instantiate", "./closed/in")
        #expect(result.status == 1)
        #expect(result.error.contains("Permission denied"))
    }

    @Test func whatIsNoRecipeIsSaid() throws {
        for (argument, sentence) in [
            ("./nothing", "there is no such file"), ("..", "nor a folder with a 'recipe.toml'"),
            ("good/build.sh", "its name ends in '.toml'"), ("god", "did you mean 'good'?"),
            ("./good#check", "this recipe has no table [check]"),
        ] {
            let result = try recipes.run("instantiate", argument)
            #expect(result.status == 1)
            #expect(result.error.contains(sentence), "\(argument): \(result.error)")
        }
        let missing = try recipes.run("instantiate", "--recipes", "/nonexistent", "good")
        #expect(missing.status == 1)
        #expect(missing.error.contains("/nonexistent"))
    }
}
