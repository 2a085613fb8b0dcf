import Foundation
import TestSupport
import Testing

/// Files inside store paths and archives, without unpacking.
@Suite(.timeLimit(.minutes(40))) struct InsideTests {
    private let store: StoreFixture
    private let path: String
    private let archive: String

    init() throws {
        store = try StoreFixture(withTools: false)
        let tree = store.directory.file("tree")
        try Self.run(
            """
            mkdir -p "$1/d/e"; cd "$1"; echo top > x; echo inner > d/y; chmod +x d/y; ln -s d/y l
            ln -s ../../nowhere/none broken; ln -s "$2" out
            """, tree, "/nodeos/store")
        path = try store.succeed("add", tree).lines[0]
        archive = store.directory.file("tree.nar")
        try Self.run("\"$1\" dump \"$2\" > \"$3\"; xz -k \"$3\"", store.binary, tree, archive)
    }

    private static func run(_ script: String, _ arguments: String...) throws {
        let result = try ChildProcess(
            ["sh", "-euc", script, "sh"] + arguments, environment: ["PATH": "/usr/bin:/bin"]
        ).wait()
        #expect(result.status == 0, "\(script): \(result.error)")
    }

    @Test func filesAreReadThroughLinks() throws {
        #expect(try store.succeed("cat", path + "/x").output == "top\n")
        #expect(try store.succeed("cat", path + "/l", path + "/x").output == "inner\ntop\n")
        let link = store.directory.file("link")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
        #expect(try store.succeed("cat", link + "/d/../l").output == "inner\n")
        #expect(try store.succeed("cat", String(path.dropFirst(14)) + "/x").output == "top\n")
    }

    @Test(arguments: ["/d", "/none", "/broken", "/out/../../etc/passwd", "/out", "/../x"])
    func whatIsNoFileInsideIsAnError(name: String) throws {
        let result = try store.run("cat", path + name)
        #expect(result.status == 1)
        #expect(result.output.isEmpty)
    }

    /// As `nix nar ls -lR` of Nix 2.8 prints it.
    @Test func listingsAreNixs() throws {
        let long = """
            lrwxrwxrwx                    0 ./broken -> ../../nowhere/none
            dr-xr-xr-x                    0 ./d
            dr-xr-xr-x                    0 ./d/e
            -r-xr-xr-x                    6 ./d/y
            lrwxrwxrwx                    0 ./l -> d/y
            lrwxrwxrwx                    0 ./out -> /nodeos/store
            -r--r--r--                    4 ./x

            """
        #expect(try store.succeed("ls", "-lR", path).output == long)
        for file in [archive, archive + ".xz"] {
            #expect(try store.succeed("ls", "-lR", "--nar", file, "/").output == long)
            #expect(try store.succeed("cat", "--nar", file, "/d/y").output == "inner\n")
        }
        #expect(try store.succeed("ls", path + "/d").lines == ["./e", "./y"])
        #expect(try store.succeed("ls", "--nar", archive, "d").lines == ["./e", "./y"])
        #expect(try store.succeed("ls", path + "/l").lines == ["l"])
        #expect(try store.succeed("ls", path + "/l/").status == 0)
    }

    @Test func archivesThatLackTheFileOrAreDamaged() throws {
        #expect(try store.run("cat", "--nar", archive, "none").status == 1)
        #expect(try store.run("cat", "--nar", archive, "l").status == 1)
        #expect(try store.run("ls", "--nar", archive, "none").status == 1)
        try Self.run("truncate -s -8 \"$1\"", archive)
        let result = try store.run("ls", "--nar", archive, "/")
        #expect(result.status == 1)
        #expect(result.error.contains("at byte"))
    }
}
