import Archives
import Primitives
import Testing

@Suite struct ExtractionTests {
    /// Unpacks into a fresh directory `out` of `temporary`.
    @discardableResult
    static func extract(
        _ archive: [UInt8], in temporary: TemporaryTree, into name: String = "out",
        _ options: ExtractionOptions = ExtractionOptions()
    ) throws -> ExtractionSummary {
        if temporary.exists("archive") {
            try removeTree(FileName("archive"), in: temporary.directory)
        }
        try temporary.create("archive", .file(archive))
        if !temporary.exists(name) { try temporary.create(name, .directory([])) }
        let directory = try temporary.directory.openDirectory(FileName(name))
        return try ArchiveExtractor(options).extract(
            temporary.path + "/archive", into: directory)
    }

    static func compress(_ bytes: [UInt8], _ format: CompressionFormat) throws -> [UInt8] {
        var sink = try CompressingSink(format, into: MemorySink())
        try sink.write(bytes.span)
        try sink.finish()
        return sink.intoSink().bytes
    }

    static let source = TarBuilder.make {
        $0.add("./", type: "5", mode: 0o755)
        $0.add("hello-1.0/", type: "5", mode: 0o777)
        $0.add("hello-1.0/configure", Array("#!/bin/sh\n".utf8), mode: 0o4777)
        $0.add("hello-1.0/src/main.c", Tree.pattern(70_000), mode: 0o664)
        $0.add("hello-1.0/README", type: "2", link: "src/main.c")
        $0.add("hello-1.0/src/same.c", type: "1", link: "hello-1.0/src/main.c")
    }

    static let sourceTree = Tree.directory([
        ("configure", .file(Array("#!/bin/sh\n".utf8), executable: true)),
        ("README", .symlink("src/main.c")),
        (
            "src",
            .directory([
                ("main.c", .file(Tree.pattern(70_000))), ("same.c", .file(Tree.pattern(70_000))),
            ])
        ),
    ])

    @Test(arguments: CompressionFormat.allCases)
    func tarInEveryCompression(format: CompressionFormat) throws {
        let temporary = try TemporaryTree()
        let archive = try Self.compress(Self.source, format)
        if format != .none { #expect(archive.count < Self.source.count / 2) }
        let summary = try Self.extract(archive, in: temporary)
        #expect(summary.entries == 5)
        #expect(summary.totalBytes == 70_010)
        #expect(try temporary.dump("out/hello-1.0") == Self.sourceTree.archive())
        #expect(try temporary.status("out/hello-1.0").mode == 0o755)
        #expect(try temporary.status("out/hello-1.0/configure").mode == 0o755)
        #expect(try temporary.status("out/hello-1.0/src/main.c").mode == 0o644)
        #expect(try temporary.status("out/hello-1.0/src/main.c").links == 2)
        for name in ["", "/configure", "/README", "/src/main.c"] {
            #expect(try temporary.status("out/hello-1.0" + name).seconds == 1_000_000_000)
        }
    }

    @Test func stripAndFixedTime() throws {
        let temporary = try TemporaryTree()
        try Self.extract(
            Self.source, in: temporary,
            ExtractionOptions(stripComponents: 1, modificationTimes: .fixed(1)))
        #expect(try temporary.dump("out") == Self.sourceTree.archive())
        for name in ["configure", "README", "src", "src/main.c"] {
            #expect(try temporary.status("out/" + name).seconds == 1)
        }
    }

    @Test func debianPackageOverUsrMerge() throws {
        let temporary = try TemporaryTree()
        let data = TarBuilder.make {
            $0.add("./", type: "5", mode: 0o755)
            $0.add("./bin/", type: "5", mode: 0o755)
            $0.add("./bin/sh", [1], mode: 0o755)
            $0.add("./lib64/ld.so", [2], mode: 0o755)
            $0.add("./etc/alternatives/x", type: "2", link: "/usr/bin/x")
        }
        let package = TarBuilder.ar([
            ("debian-binary", Array("2.0\n".utf8)),
            ("control.tar.xz", try Self.compress(TarBuilder.make { $0.add("control", [3]) }, .xz)),
            ("data.tar.xz", try Self.compress(data, .xz)),
        ])
        let skeleton = Tree.directory([
            ("bin", .symlink("usr/bin")), ("lib64", .symlink("usr/lib64")),
            ("usr", .directory([("bin", .directory([]))])),
        ])
        try temporary.create("out", skeleton)
        let options = ExtractionOptions(keepDirectorySymlinks: true, symlinkTargets: .asIs)
        #expect(try Self.extract(package, in: temporary, options).entries == 4)
        #expect(try temporary.status("out/usr/bin/sh").mode == 0o755)
        #expect(temporary.exists("out/usr/lib64/ld.so"))
        #expect(!temporary.exists("out/control"))
        let expected = Tree.directory([
            ("bin", .symlink("usr/bin")), ("lib64", .symlink("usr/lib64")),
            (
                "etc",
                .directory([("alternatives", .directory([("x", .symlink("/usr/bin/x"))]))])
            ),
            (
                "usr",
                .directory([
                    ("bin", .directory([("sh", .file([1], executable: true))])),
                    ("lib64", .directory([("ld.so", .file([2], executable: true))])),
                ])
            ),
        ])
        #expect(try temporary.dump("out") == expected.archive())
        // The same again, over itself.
        try Self.extract(package, in: temporary, options)
        #expect(try temporary.dump("out") == expected.archive())
    }

    @Test func directoryReplacesLinkUnlessKept() throws {
        let temporary = try TemporaryTree()
        let archive = TarBuilder.make {
            $0.add("bin", type: "2", link: "usr")
            $0.add("usr/", type: "5", mode: 0o755)
            $0.add("bin/", type: "5", mode: 0o755)
            $0.add("bin/x", [1])
        }
        try Self.extract(archive, in: temporary)
        #expect(temporary.exists("out/bin/x") && !temporary.exists("out/usr/x"))
        try Self.extract(
            archive, in: temporary, into: "kept", ExtractionOptions(keepDirectorySymlinks: true))
        #expect(temporary.exists("kept/usr/x"))
    }

    @Test func laterEntriesReplaceEarlierOnes() throws {
        let temporary = try TemporaryTree()
        let archive = TarBuilder.make {
            $0.add("a", [1])
            $0.add("b", type: "2", link: "a")
            $0.add("a", [2])
            $0.add("b", [3])
            $0.add("empty/", type: "5")
            $0.add("empty", type: "2", link: "a")
        }
        try Self.extract(archive, in: temporary)
        let expected = Tree.directory([
            ("a", .file([2])), ("b", .file([3])), ("empty", .symlink("a")),
        ])
        #expect(try temporary.dump("out") == expected.archive())
    }

    @Test func namesThatAreNotASCII() throws {
        let temporary = try TemporaryTree()
        let long = String(repeating: "d/", count: 100) + "é"
        let archive = TarBuilder.make {
            $0.add("é", [1])
            $0.addPax([("path", long)])
            $0.add("x", [2])
            $0.addPax([("path", "日本"), ("linkpath", "é")])
            $0.add("x", type: "2", link: "y")
        }
        try Self.extract(archive, in: temporary)
        #expect(temporary.exists("out/é") && temporary.exists("out/\(long)"))
        #expect(temporary.exists("out/日本"))
    }

    /// An archive of `zip` 3.0 (`zip -y x.zip run link dir/f`): modes and links are only in its
    /// central directory.
    @Test func zip() throws {
        let temporary = try TemporaryTree()
        try Self.extract(zipExample, in: temporary)
        let expected = Tree.directory([
            ("dir", .directory([("f", .text("f\n"))])), ("link", .symlink("run")),
            ("run", .file(Array("run\n".utf8), executable: true)),
        ])
        #expect(try temporary.dump("out") == expected.archive())
    }
}

private let zipExample: [UInt8] =
    Base64.decode(
        Array(
            ("UEsDBAoAAAAAANQNKSuHsuOpBAAAAAQAAAADAAAAcnVucnVuClBLAwQKAAAAAADUDSkrwKR2UAMAAAADAAAA"
                + "BAAAAGxpbmtydW5QSwMECgAAAAAA1A0pK8A3q5ICAAAAAgAAAAUAAABkaXIvZmYKUEsBAh4DCgAAAAAA"
                + "1A0pK4ey46kEAAAABAAAAAMAAAAAAAAAAQAAAO2BAAAAAHJ1blBLAQIeAwoAAAAAANQNKSvApHZQAwAA"
                + "AAMAAAAEAAAAAAAAAAAAAAD/oSUAAABsaW5rUEsBAh4DCgAAAAAA1A0pK8A3q5ICAAAAAgAAAAUAAAAA"
                + "AAAAAQAAAKSBSgAAAGRpci9mUEsFBgAAAAADAAMAlgAAAG8AAAAAAA==").utf8)[...]) ?? []
