import Archives
import Foundation
import Primitives
import StoreModel
import Testing

/// Store paths for every way in which the real Nix adds things.
@Suite struct StorePathConformanceTests {
    let nix: RealNix
    let store: StoreDirectory

    init() throws {
        nix = try RealNix()
        store = try StoreDirectory("/nix/store")
        try nix.shell("cp -r \(RealNix.resources)/tree tree; printf 'hola\\n' > hello.txt")
        try nix.shell("printf '#!' > tool; chmod 755 tool; ln -s tool link; mkdir empty")
    }

    /// The hash of the NAR of an entry of the temporary directory.
    private func narHash(_ name: String, _ algorithm: HashAlgorithm) throws -> Digest {
        var sink = MemorySink()
        try dumpTree(
            FileName(name), in: DirectoryDescriptor(opening: nix.directory), to: &sink)
        return Digest.hash(sink.bytes, algorithm)
    }

    @Test(arguments: ["hello.txt", "tree", "tool", "empty"]) func add(name: String) throws {
        let expected = try nix.run("nix-store", ["--add", "\(nix.directory)/\(name)"]).text
        let path = try store.sourcePath(
            name: name, narHash: narHash(name, .sha256), references: [])
        #expect(store.path(of: path) == expected)
    }

    @Test(arguments: HashAlgorithm.allCases, ["hello.txt", "tool"])
    func addFixedFlat(algorithm: HashAlgorithm, name: String) throws {
        let file = "\(nix.directory)/\(name)"
        let expected = try nix.run("nix-store", ["--add-fixed", algorithm.rawValue, file]).text
        let content = try Array(Data(contentsOf: URL(filePath: file)))
        let path = try store.fixedOutputPath(
            name: name, method: .flat, digest: Digest.hash(content, algorithm))
        #expect(store.path(of: path) == expected)
    }

    @Test(arguments: HashAlgorithm.allCases, ["hello.txt", "tree", "tool", "link", "empty"])
    func addFixedRecursive(algorithm: HashAlgorithm, name: String) throws {
        let expected = try nix.run(
            "nix-store",
            ["--add-fixed", "--recursive", algorithm.rawValue, "\(nix.directory)/\(name)"]
        ).text
        let digest = try narHash(name, algorithm)
        let path = try store.fixedOutputPath(name: name, method: .recursive, digest: digest)
        #expect(store.path(of: path) == expected)
        let printed = try nix.run(
            "nix-store",
            ["--print-fixed-path", "--recursive", algorithm.rawValue, digest.base16, name]
        ).text
        #expect(store.path(of: path) == printed)
    }

    @Test func textsWithReferences() throws {
        let expression = """
            let
              one = builtins.toFile "one.txt" "one\\n";
              two = builtins.toFile "two" "${one} ${./hello.txt}\\n";
              three = builtins.toFile "three" "${two} ${one} ${two}";
            in "${one}\\n${two}\\n${three}"
            """
        try Data(expression.utf8).write(to: URL(filePath: nix.directory + "/texts.nix"))
        // Evaluation alone gives names; writing them needs --read-write-mode.
        let answer = try nix.run(
            "nix-instantiate",
            ["--eval", "--strict", "--json", "--read-write-mode", nix.directory + "/texts.nix"]
        ).output
        let text = try JSONDecoder().decode(String.self, from: Data(answer))
        let paths = try text.split(separator: "\n").map { try store.parse(String($0)) }
        #expect(paths.count == 3)
        for path in paths {
            let references = try nix.run(
                "nix-store", ["--query", "--references", store.path(of: path)]
            ).lines.map { try store.parse($0) }
            let computed = try store.textPath(
                name: path.name, contents: Digest.hash(nix.read(path.baseName)),
                references: references)
            #expect(computed == path)
        }
    }

    /// Names that Nix refuses, and some at the border that it takes.
    @Test(arguments: [
        "a", "a+b-c._?=1", "_", "a-", "0", "a.drv.x", String(repeating: "x", count: 211),
        "", "a b", "ä", "a/b", "a~", "a\\", "a:b", "a@b", "a#", "a*",
        String(repeating: "x", count: 212),
    ]) func names(name: String) throws {
        let digest = Digest.hash("")
        let outcome = try nix.attempt(
            "nix-store", ["--print-fixed-path", "sha256", digest.base16, name])
        let ours = try? store.path(
            of: store.fixedOutputPath(name: name, method: .flat, digest: digest))
        #expect(ours == (outcome.status == 0 ? outcome.text : nil), "\(outcome.errors)")
    }
}
