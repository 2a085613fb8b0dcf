import Archives
import Glibc
import Primitives
import Testing

@Suite struct TreeTests {
    @Test func copyIsCanonicalAndHashed() throws {
        let temporary = try TemporaryTree()
        try temporary.create("tree", .awkward)
        var sink = DigestSink()
        try copyTree(
            FileName("tree"), in: temporary.directory, to: FileName("copy"),
            in: temporary.directory, streamingInto: &sink)
        #expect(sink.digest().base16 == NARTests.awkwardDigest)
        #expect(try Digest.hash(temporary.dump("copy")).base16 == NARTests.awkwardDigest)
        try expectCanonical(temporary, "copy")
        #expect(try temporary.status("copy/size-3").mode == 0o555)
        #expect(try temporary.status("copy/size-4").mode == 0o444)
        #expect(try temporary.status("copy/good").seconds == 1)
        #expect(try temporary.status("copy/deep/d").mode == 0o555)
    }

    @Test func failedCopyLeavesNothing() throws {
        struct FullSink: ByteSink {
            mutating func write(_ bytes: Span<UInt8>) throws {
                throw ArchivesError.system(operation: "write", path: "x", code: ENOSPC)
            }
        }
        let temporary = try TemporaryTree()
        try temporary.create("tree", .awkward)
        var sink = FullSink()
        #expect(throws: ArchivesError.self) {
            try copyTree(
                FileName("tree"), in: temporary.directory, to: FileName("copy"),
                in: temporary.directory, streamingInto: &sink)
        }
        #expect(!temporary.exists("copy"))
    }

    @Test func canonicaliseInPlace() throws {
        let temporary = try TemporaryTree()
        try temporary.create("out", .awkward)
        let before = try temporary.dump("out")
        let path = temporary.path
        #expect(unsafe chmod(path + "/out/size-3", 0o6755) == 0)
        #expect(unsafe chmod(path + "/out/empty", 0o1777) == 0)
        #expect(unsafe chmod(path + "/out/size-4", 0) == 0)
        #expect(unsafe link(path + "/out/size-5", path + "/out/size-5-too") == 0)
        #expect(unsafe unlink(path + "/out/size-5") == 0)
        #expect(unsafe link(path + "/out/size-5-too", path + "/out/size-5") == 0)
        let hasAttribute = temporary.setAttribute("out/size-6")
        try canonicaliseMetadata(of: FileName("out"), in: temporary.directory)
        try expectCanonical(temporary, "out")
        #expect(try temporary.status("out/size-3").mode == 0o555)
        #expect(try temporary.status("out/empty").mode == 0o555)
        if hasAttribute { #expect(!temporary.hasAttributes("out/size-6")) }
        #expect(unsafe chmod(path + "/out", 0o755) == 0)
        #expect(unsafe unlink(path + "/out/size-5-too") == 0)
        #expect(try temporary.dump("out") == before)
    }

    @Test func foreignHardLinkIsRefusedAndUntouched() throws {
        let temporary = try TemporaryTree()
        try temporary.create("out", .directory([("a", .text("a"))]))
        try temporary.create("foreign", .text("secret"))
        let path = temporary.path
        #expect(unsafe chmod(path + "/foreign", 0o600) == 0)
        #expect(unsafe link(path + "/foreign", path + "/out/b") == 0)
        #expect(
            throws: ArchivesError.foreignHardLink(path: path + "/out/b", inTree: 1, links: 2)
        ) { try canonicaliseMetadata(of: FileName("out"), in: temporary.directory) }
        #expect(try temporary.status("foreign").mode == 0o600)
        #expect(try temporary.status("foreign").seconds != 1)
        // Two outputs of one build may share a file.
        try canonicaliseMetadata(
            of: [FileName("out"), FileName("foreign")], in: temporary.directory)
    }

    @Test func pipesAndSocketsAreRefused() throws {
        let temporary = try TemporaryTree()
        try temporary.create("out", .directory([("a", .text("a"))]))
        #expect(unsafe mkfifo(temporary.path + "/out/pipe", 0o644) == 0)
        let expected = ArchivesError.unsupportedFileType(
            path: temporary.path + "/out/pipe", type: "named pipe")
        #expect(throws: expected) {
            try canonicaliseMetadata(of: FileName("out"), in: temporary.directory)
        }
        #expect(throws: expected) { try temporary.dump("out") }
    }

    @Test func removalCopesWithAnything() throws {
        let temporary = try TemporaryTree()
        try temporary.create("tree", .awkward, metadata: .canonical)
        try temporary.create("outside", .directory([("kept", .text("kept"))]))
        #expect(unsafe symlink("../outside", temporary.path + "/link") == 0)
        #expect(unsafe chmod(temporary.path + "/tree/deep/d", 0) == 0)
        for name in ["tree", "link", "nothing"] {
            try removeTree(FileName(name), in: temporary.directory)
            #expect(!temporary.exists(name))
        }
        #expect(temporary.exists("outside/kept"))
    }

    /// Deeper than PATH_MAX, than the descriptors a process may have, and than a stack.
    /// Whoever moves a directory while it is emptied does not lead the removal to where it is then: the way
    /// back leads out of the tree.
    @Test func removalStaysInItsTree() async throws {
        for _ in 0..<20 {
            let temporary = try TemporaryTree()
            try temporary.create("outside", .directory([("kept", .text("kept"))]))
            let files: [(ByteString, Tree)] = (0..<20_000).map { ("\($0)", .text("")) }
            try temporary.create(
                "tree", .directory([("d", .directory(files)), ("e", .directory([]))]),
                metadata: .canonical)
            let path = temporary.path
            let mover = Task.detached {
                var status = stat()
                // Its time tells that something of it is gone.
                repeat {
                    guard unsafe stat(path + "/tree/d", &status) == 0 else { return false }
                } while status.st_mtim.tv_sec == 1
                return unsafe rename(path + "/tree/d", path + "/outside/d") == 0
            }
            // Refused or done, as the mover came in time or not.
            try? removeTree(FileName("tree"), in: temporary.directory)
            let wasMoved = await mover.value
            #expect(temporary.exists("outside/kept"))
            if wasMoved, temporary.exists("tree") { return }
        }
        try Test.cancel("no directory was moved in time")
    }

    @Test func removalOfVeryDeepTrees() throws {
        let temporary = try TemporaryTree()
        let name = try FileName(String(repeating: "d", count: 50))
        var builder = try TreeBuilder(FileName("deep"), in: temporary.directory)
        try builder.beginDirectory()
        try builder.endDirectory()
        #expect(unsafe chmod(temporary.path + "/deep", 0o700) == 0)
        var current = try temporary.directory.openDirectory(FileName("deep"))
        for _ in 0..<3000 {
            #expect(unsafe mkdirat(current.rawValue, "\(name)", 0o700) == 0)
            current = try DirectoryDescriptor(
                owning: current.openDirectory(name).duplicated(), path: "deep")
        }
        try removeTree(FileName("deep"), in: temporary.directory)
        #expect(!temporary.exists("deep"))
    }

    @Test func removalOfManyFiles() throws {
        let temporary = try TemporaryTree()
        try temporary.create(
            "tree",
            .directory((0..<5000).map { ("\($0)", $0 % 2 == 0 ? .directory([]) : .text("")) }))
        try removeTree(FileName("tree"), in: temporary.directory)
        #expect(!temporary.exists("tree"))
    }

    @Test func locationsOfPaths() throws {
        let temporary = try TemporaryTree()
        try temporary.create("tree", .directory([("a", .text("a"))]))
        for (path, expected) in [("/tree", "tree"), ("/tree/", "tree"), ("/tree/.", "tree")] {
            let location = try TreeLocation(temporary.path + path)
            #expect(location.name.description == expected)
            _ = try location.parent.openDirectory(location.name).path
        }
        #expect(throws: ArchivesError.self) { _ = try TreeLocation("/").name }
    }

    private func expectCanonical(_ temporary: TemporaryTree, _ name: String) throws {
        let status = try temporary.status(name)
        #expect(status.seconds == 1 && status.nanoseconds == 0)
        #expect(status.mode == 0o555)
    }
}

extension DirectoryDescriptor {
    fileprivate func duplicated() -> Int32 { dup(rawValue) }
}
