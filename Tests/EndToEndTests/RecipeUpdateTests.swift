import Foundation
import Primitives
import TestSupport
import Testing

/// Hashes and versions that the program fills in, from a mirror on this machine.
@Suite struct RecipeUpdateTests {
    let recipes: RecipeFixture
    let mirror: String

    // Of a name that this machine knows no other place for.
    private static let old = "mirror://test/pool/main/g/greeter/greeter_1.9+dfsg.orig.tar.gz"
    private static let contents = "an archive"
    private static let digest = Digest.hash(Array(contents.utf8))

    init() throws {
        recipes = try RecipeFixture()
        mirror = recipes.store.directory.file("mirror")
        // The newest is neither the first nor the last, and 1.10 is newer than 1.9.
        let index = ["1.10+dfsg", "1.12+dfsg", "1.13~rc1", "1.9+dfsg"].map { version in
            """
            Package: greeter
            Directory: pool/main/g/greeter
            Checksums-Sha256:
             \(Digest.hash(Array(version.utf8)).base16) 12 greeter_\(version).orig.tar.xz
             \(Digest.hash([1]).base16) 34 greeter_\(version)-1.debian.tar.xz


            """
        }.joined()
        try write("mirror/dists/stable/main/source/Sources.gz", index)
        try write("mirror/pool/main/g/greeter/greeter_1.9+dfsg.orig.tar.gz", Self.contents)
        try write("mirror/pool/main/g/greeter/greeter_2.0+dfsg.orig.tar.gz", "another")
    }

    private func write(_ path: String, _ text: String) throws {
        let url = URL(filePath: recipes.store.directory.file(path))
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
    }

    private func recipe(hash: String, version: String = "1.9") throws {
        try recipes.write(
            "greeter/recipe.toml",
            """
            name = "greeter" # öäü "quoted"
            version = "\(version)"
            summary = "a test"
            \(RecipeFixture.toolchain)
            [[sources]]
            urls = ["\(Self.old)", "https://example.org/greeter-1.9.tar.gz"]   # two
            hash = '\(hash)'
            size = 1_2

            [build]
            system = "make"
            """)
    }

    private func text() throws -> String {
        try String(contentsOfFile: recipes.folder + "/greeter/recipe.toml", encoding: .utf8)
    }

    private func update(_ options: String...) throws -> ChildProcess.Result {
        try recipes.run(
            ["recipe", "update", "--mirror", "test=file://\(mirror)"] + options + ["./greeter"],
            in: recipes.folder)
    }

    @Test func aMissingHashIsFilledIn() throws {
        try recipe(hash: "")
        let before = try text()
        let result = try update()
        #expect(result.status == 0, "\(result.error)")
        #expect(
            try text()
                == before.replacing("''", with: "\"sha256:\(Self.digest.base16)\"")
                .replacing("1_2", with: "10"))
        #expect(try recipes.run("recipe", "check", "./greeter").status == 0)
        // What it says is what is fetched.
        let plan = try recipes.run("realise", "--dry-run", "./greeter")
        #expect(plan.status == 0, "\(plan.error)")
    }

    @Test func aNewerVersionIsFound() throws {
        try recipe(hash: "sha256:\(Self.digest.base16)")
        let before = try text()
        #expect(try update("--dry-run").output.contains("greeter 1.9+dfsg → 1.12+dfsg"))
        #expect(try text() == before)
        let result = try update()
        #expect(result.status == 0, "\(result.error)")
        let after = try text()
        #expect(after.contains("version = \"1.12\""))
        #expect(
            after.contains(
                "pool/main/g/greeter/greeter_1.12+dfsg.orig.tar.xz\", \"https://example.org/greeter-1.12.tar.gz\"]   # two"
            ))
        #expect(
            after.contains(
                "hash = \"sha256:\(Digest.hash(Array("1.12+dfsg".utf8)).base16)\"\nsize = 12\n"))
        #expect(after.hasPrefix("name = \"greeter\" # öäü \"quoted\"\n"))
        #expect(try update().output == "./greeter/recipe.toml: nothing newer\n")
    }

    @Test func aVersionCanBeNamed() throws {
        try recipe(hash: "sha256:\(Self.digest.base16)")
        let result = try update("--to", "2.0")
        #expect(result.status == 0, "\(result.error)")
        let digest = Digest.hash(Array("another".utf8))
        #expect(try text().contains("hash = \"sha256:\(digest.base16)\"\nsize = 7"))
        #expect(try text().contains("version = \"2.0\""))
    }

    @Test func whatIsNotThereChangesNothing() throws {
        try recipe(hash: "sha256:\(Self.digest.base16)")
        let before = try text()
        #expect(try update("--to", "3.0").status == 1)
        #expect(try update("--suite", "nonsense").status == 1)
        #expect(try text() == before)
        let left = try FileManager.default.contentsOfDirectory(atPath: recipes.folder + "/greeter")
        #expect(left == ["recipe.toml"])
    }
}
