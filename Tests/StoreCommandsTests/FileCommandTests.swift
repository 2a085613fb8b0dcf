import Primitives
import StoreCommands
import TestSupport
import Testing

/// `add`, `hash`, `dump`, `restore`. The values of "hola" were computed with an independent
/// implementation that reproduces Nix's own test data; the others come from coreutils.
@Suite struct FileCommandTests {
    let fixture: CommandFixture

    init() throws {
        fixture = try CommandFixture()
        try fixture.directory.write("hola\n", to: "hello.txt")
        try fixture.directory.write("", to: "tree/empty")
        try fixture.directory.write("#!/bin/sh\n", to: "tree/bin/run", mode: 0o755)
    }

    @Test(arguments: [
        (["add", "hello.txt"], "2j4s87fjdzwlixi17230c3kgxihm6g6m-hello.txt"),
        (["add", "--fixed", "sha256", "hello.txt"], "x2k7hkbbw4sv9rwxi8fnaxjnxkzmg2wq-hello.txt"),
        (
            ["add", "--fixed", "sha256", "--recursive", "hello.txt"],
            "2j4s87fjdzwlixi17230c3kgxihm6g6m-hello.txt"
        ),
    ]) func add(arguments: [String], baseName: String) async {
        let outcome = await fixture.run(arguments)
        #expect(outcome.errors == "")
        #expect(outcome.text == "/nodeos/store/\(baseName)\n")
        #expect(outcome.status == .success)
    }

    @Test func addWithName() async throws {
        let outcome = await fixture.run(["add", "--name", "hello.txt", "--json", "./hello.txt"])
        #expect(
            try outcome.json["paths"]
                == .strings(["/nodeos/store/2j4s87fjdzwlixi17230c3kgxihm6g6m-hello.txt"]))
        let refused = await fixture.run(["add", "--name", "x", "hello.txt", "tree"])
        #expect(refused.status == .usage)
    }

    @Test func aPathIsFoundByItsHashPart() async {
        let added = await fixture.run(["add", "hello.txt"]).text
        let kind = ["query", "path-from-hash-part"]
        let found = await fixture.run(kind + ["2j4s87fjdzwlixi17230c3kgxihm6g6m"])
        #expect(found.text == added)
        for text in ["3j4s87fjdzwlixi17230c3kgxihm6g6m", "2j4s", added] {
            #expect(await fixture.run(kind + [text]).status == .failure)
        }
    }

    @Test func addRefusesWhatIsNotThere() async {
        let outcome = await fixture.run(["add", "nothing"])
        #expect(outcome.status == .failure)
        #expect(outcome.errors.hasPrefix("error: "))
        #expect(outcome.errors.contains("nothing"))
    }

    @Test(arguments: [
        (
            ["hash", "hello.txt"],
            "e83e39aac300e7ca3ad03d761acad5d1dae9f09748b12dd5068e08cf7a4e7bbb"
        ),
        (
            ["hash", "--flat", "tree/empty"],
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        ),
        (
            ["hash", "--flat", "--nix32", "tree/empty"],
            "0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73"
        ),
        (
            ["hash", "--flat", "--sri", "tree/empty"],
            "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
        ),
        (["hash", "--flat", "--type", "md5", "tree/empty"], "d41d8cd98f00b204e9800998ecf8427e"),
        (
            ["hash", "--to-base32", "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="],
            "0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73"
        ),
        (
            ["hash", "--to-sri", "0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73"],
            "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
        ),
        (
            ["hash", "--to-base64", "--type", "md5", "d41d8cd98f00b204e9800998ecf8427e"],
            "1B2M2Y8AsgTpgAmY7PhCfg=="
        ),
    ]) func hash(arguments: [String], hash: String) async {
        let outcome = await fixture.run(arguments)
        #expect(outcome.errors == "")
        #expect(outcome.text == hash + "\n")
    }

    @Test func dumpAndRestore() async throws {
        let dumped = await fixture.run(["dump", "tree"])
        #expect(dumped.errors == "")
        let restored = await fixture.run(["restore", "copy"], input: dumped.output)
        #expect(restored.errors == "")
        let again = await fixture.run(["dump", "copy"])
        #expect(again.output == dumped.output)
        let occupied = await fixture.run(["restore", "copy"], input: dumped.output)
        #expect(occupied.status == .failure)
        let cut = await fixture.run(["restore", "cut"], input: dumped.output.dropLast(8))
        #expect(cut.status == .failure)
        #expect(await fixture.run(["hash", "cut"]).status == .failure)
    }
}

extension CommandFixture {
    fileprivate func run(_ arguments: [String], input: ArraySlice<UInt8>) async -> Outcome {
        await run(arguments, input: Array(input))
    }
}
