import Primitives
import Recipes
import Testing

/// What stands where in a recipe's text, and which version is newer.
@Suite struct RecipeTextTests {
    @Test(arguments: [
        ("1.9", "1.10"), ("1.0~rc1", "1.0"), ("1.0", "1.0a"), ("1.0", "1.0+b"), ("1.2.3", "1.3"),
        ("9", "10"), ("1.0.a", "1.0.b"), ("1.0-1", "1.0-2"),
    ])
    func versionsAreInDebiansOrder(older: String, newer: String) {
        #expect(DebianVersion(older) < DebianVersion(newer))
        #expect(!(DebianVersion(newer) < DebianVersion(older)))
    }

    @Test func versionsMayBeTheSame() {
        #expect(DebianVersion("1.00") == DebianVersion("1.0"))
        #expect(DebianVersion("1.0") != DebianVersion("1.1"))
    }

    @Test func filesOfPoolsAreTakenApart() throws {
        let file = try #require(
            DebianPoolFile(
                url: "mirror://debian/pool/main/n/nodejs/nodejs_18.20.4+dfsg.orig-ada.tar.xz"))
        #expect(file.mirror == "mirror://debian/")
        #expect(file.folder == "pool/main/n/nodejs")
        #expect(file.component == "main")
        #expect(file.name == "nodejs")
        #expect(file.version == "18.20.4+dfsg")
        #expect(file.kind == ".orig-ada")
        for url in [
            "https://example.org/pool/a/b/c_1.orig.tar.gz", "mirror://gnu/grep/grep-3.8.tar.xz",
            "mirror://debian/pool/c_1.orig.tar.gz",
        ] {
            #expect(DebianPoolFile(url: url) == nil)
        }
        #expect(DebianPoolFile.upstream("1.2.13.dfsg") == "1.2.13")
        #expect(DebianPoolFile.upstream("1.3.dfsg+really1.3.1") == "1.3.1")
        #expect(DebianPoolFile.upstream("6.2.1+dfsg1") == "6.2.1")
    }

    @Test func onlyWhatIsNamedIsReplaced() throws {
        var text = try RecipeText(
            parsing: Array("\"é\" = \"ü\"\nversion = 'ä' # version = \"x\"\n".utf8), file: "x")
        let version = try #require(text.version)
        let isReplaced = text.replace(version, with: "2")
        #expect(isReplaced)
        #expect(
            String(decoding: text.changed, as: UTF8.self)
                == "\"é\" = \"ü\"\nversion = \"2\" # version = \"x\"\n")
        var escaped = try RecipeText(parsing: Array("version = \"\\u0041\"".utf8), file: "x")
        let other = try #require(escaped.version)
        let isEscapedReplaced = escaped.replace(other, with: "2")
        #expect(!isEscapedReplaced)
    }
}
