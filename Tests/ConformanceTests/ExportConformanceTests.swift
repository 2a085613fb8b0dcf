import Archives
import Foundation
import LocalStore
import StoreDatabase
import StoreModel
import TestSupport
import Testing

/// Export streams that the real Nix writes and reads.
@Suite struct ExportConformanceTests {
    let nix: RealNix
    let directory: TemporaryDirectory
    let store: LocalStore

    init() throws {
        nix = try RealNix()
        directory = try TemporaryDirectory()
        store = try OwnStore(directory: directory).open()
    }

    @Test func whatNixExportsIsImportedAndExportedAlike() throws {
        try nix.shell("mkdir tree; printf x > tree/a; chmod 755 tree/a; ln -s a tree/b")
        let tree = try nix.run("nix-store", ["--add", "\(nix.directory)/tree"]).text
        let expression = """
            derivation {
              name = "d"; system = "x86_64-linux"; builder = "/bin/sh";
              args = [ (builtins.toFile "text" "hello") ];
            }
            """
        let derivation = try nix.run("nix-instantiate", ["--expr", expression]).text
        let closure = try nix.run("nix-store", ["--query", "--requisites", derivation]).lines
        let stream = try nix.run("nix-store", ["--export"] + closure + [tree]).output
        try store.importItems(from: MemorySource(stream)) { _ in }
        let paths = try (closure + [tree]).map { try store.storeDirectory.parse($0) }
        #expect(try store.database.validPaths(among: paths).count == paths.count)
        let path = try store.storeDirectory.parse(derivation)
        #expect(try store.database.outputs(of: path).count == 1)
        // One item at a time, because the order of unrelated items is free.
        for path in paths {
            var sink = MemorySink()
            try store.export([path], into: &sink)
            let full = store.storeDirectory.path(of: path)
            #expect(sink.bytes == (try nix.run("nix-store", ["--export", full]).output))
        }
    }

    @Test func nixImportsWhatWeExport() throws {
        let library = try store.addText(name: "library", contents: Array("l".utf8))
        let program = try store.addText(
            name: "program", contents: Array("p".utf8), references: [library])
        var sink = MemorySink()
        try store.export([program, library], into: &sink)
        let file = directory.file("stream")
        try Data(sink.bytes).write(to: URL(filePath: file))
        let imported = try nix.run("nix-store", ["--import"], input: file).lines
        #expect(imported == [library, program].map { store.storeDirectory.path(of: $0) })
        #expect(
            try nix.run(
                "nix-store", ["--query", "--references", store.storeDirectory.path(of: program)]
            ).text == store.storeDirectory.path(of: library))
    }
}
