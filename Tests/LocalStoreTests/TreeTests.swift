import Archives
import Foundation
import LocalStore
import Primitives
import StoreDatabase
import StoreModel
import TestSupport
import Testing

@Suite struct TreeTests {
    @Test func aFileHasNixsNames() throws {
        let fixture = try StoreFixture()
        let file = try fixture.directory.write("hola\n", to: "hello.txt")
        let recursive = try fixture.store.addTree(at: file, name: "hello.txt")
        #expect(recursive.path.baseName == "2j4s87fjdzwlixi17230c3kgxihm6g6m-hello.txt")
        #expect(recursive.narSize == 120)
        #expect(recursive.contentAddress == "fixed:r:\(recursive.narHash.prefixedNix32)")
        let flat = try fixture.store.addTree(at: file, name: "hello.txt", method: .flat)
        #expect(flat.path.baseName == "x2k7hkbbw4sv9rwxi8fnaxjnxkzmg2wq-hello.txt")
        #expect(flat.contentAddress == "fixed:\(Digest.hash("hola\n").prefixedNix32)")
        // A flat item is never executable, so the same bytes have one path.
        let program = try fixture.directory.write("hola\n", to: "program", mode: 0o755)
        let again = try fixture.store.addTree(at: program, name: "hello.txt", method: .flat)
        #expect(again == flat)
    }

    /// Known to the algorithms that Nix knows, checked against its rule for their paths
    /// (`docs/formats/store-path.md`).
    @Test(arguments: HashAlgorithm.allCases) func everyAlgorithm(algorithm: HashAlgorithm) throws {
        let fixture = try StoreFixture()
        let file = try fixture.directory.write("hola\n", to: "hello.txt")
        let info = try fixture.store.addTree(
            at: file, name: "x", method: .flat, algorithm: algorithm)
        let digest = Digest.hash("hola\n", algorithm)
        #expect(
            try info.path
                == StoreDirectory.nodeos.fixedOutputPath(
                    name: "x", method: .flat, digest: digest))
        #expect(
            info.narHash.base16
                == "e83e39aac300e7ca3ad03d761acad5d1dae9f09748b12dd5068e08cf7a4e7bbb")
    }

    @Test func aTreeIsCopiedCanonically() throws {
        let fixture = try StoreFixture()
        let tree = fixture.directory.file("tree")
        try shell(
            """
            mkdir -p "$1/sub/empty"; cd "$1"; echo data > file; chmod 6777 file
            printf '#!/bin/sh\\n' > sub/run; chmod 700 sub/run; ln -s ../nowhere sub/link
            ln file second; chmod 1777 sub
            """, [tree])
        let info = try fixture.store.addTree(at: tree, name: "tree")
        let real = fixture.store.layout.realPath(of: info.path)
        for (name, mode) in [
            ("", 0o555), ("/file", 0o555), ("/second", 0o555), ("/sub", 0o555),
            ("/sub/run", 0o555), ("/sub/empty", 0o555),
        ] as [(String, UInt32)] {
            let metadata = try status(real + name)
            #expect(metadata.mode == mode, "\(name)")
            #expect(metadata.time == 1, "\(name)")
        }
        #expect(try status(real + "/sub/link").time == 1)
        #expect(
            try FileManager.default.destinationOfSymbolicLink(atPath: real + "/sub/link")
                == "../nowhere")
        #expect(try fixture.narHash(of: info.path) == info.narHash)
        #expect(try fixture.store.addTree(at: tree, name: "tree") == info)
        #expect(try fixture.items() == [info.path.baseName])
        #expect(try fixture.scratches().isEmpty)
    }

    @Test(arguments: ["mkfifo \"$1/pipe\"", "mkdir \"$1/d\"; mkfifo \"$1/d/p\""])
    func whatIsNoFileIsRefused(script: String) throws {
        let fixture = try StoreFixture()
        let tree = fixture.directory.file("tree")
        try shell("mkdir \"$1\"; echo x > \"$1/a\"; " + script, [tree])
        #expect {
            try fixture.store.addTree(at: tree, name: "tree")
        } throws: {
            if case ArchivesError.unsupportedFileType = $0 { true } else { false }
        }
        #expect(try fixture.items().isEmpty)
        #expect(try fixture.scratches().isEmpty)
    }

    @Test func aFlatHashIsOfAFile() throws {
        let fixture = try StoreFixture()
        try shell("mkdir \"$1\"; ln -s x \"$1/link\"", [fixture.directory.file("d")])
        for path in ["d", "d/link"] {
            #expect {
                try fixture.store.addTree(
                    at: fixture.directory.file(path), name: "x", method: .flat)
            } throws: {
                if case LocalStoreError.notFlat = $0 { true } else { false }
            }
        }
    }

    @Test(arguments: ["", "a b", ".", "a/b", "ä", String(repeating: "x", count: 212)])
    func aBadNameIsRefused(name: String) throws {
        let fixture = try StoreFixture()
        let file = try fixture.directory.write("x", to: "file")
        #expect(throws: StorePathError.self) { try fixture.store.addTree(at: file, name: name) }
    }

    @Test func manyAddTheSameAtOnce() async throws {
        let fixture = try StoreFixture()
        let tree = fixture.directory.file("tree")
        try shell(
            "mkdir \"$1\"; for i in 1 2 3 4 5 6 7 8 9; do echo $i > \"$1/$i\"; done", [tree])
        let infos = try await withThrowingTaskGroup(of: PathInfo.self) { group in
            for number in 0..<8 {
                let store = try fixture.reopened()
                group.addTask {
                    try store.addText(name: "text", contents: Array("same".utf8))
                    try store.addText(name: "own-\(number)", contents: [])
                    return try store.addTree(at: tree, name: "tree")
                }
            }
            return try await group.reduce(into: Set<StorePath>()) { $0.insert($1.path) }
        }
        #expect(infos.count == 1)
        #expect(try fixture.items().count == 10)
        for path in try fixture.store.database.allValidPaths() {
            #expect(try fixture.narHash(of: path) == fixture.store.database.info(path)?.narHash)
        }
        #expect(try fixture.scratches().isEmpty)
    }
}
