import Archives
import Glibc
import Primitives
import Testing

/// Archives that must not do harm (`docs/security.md`).
@Suite struct HostileArchiveTests {
    /// Unpacks into `out`, and expects a refusal that names the entry and leaves everything beside
    /// `out` untouched.
    func refuse(
        _ entry: String, _ options: ExtractionOptions = ExtractionOptions(),
        sourceLocation: SourceLocation = #_sourceLocation,
        _ body: (inout TarBuilder) -> Void
    ) throws {
        let temporary = try TemporaryTree()
        try temporary.create("victim", .directory([("file", .text("untouched"))]))
        let before = try temporary.dump("victim")
        let error = #expect(throws: ArchivesError.self, sourceLocation: sourceLocation) {
            try ExtractionTests.extract(TarBuilder.make(body), in: temporary, options)
        }
        guard case .refusedEntry(let archive, entry, _) = error else {
            Issue.record("\(String(describing: error))", sourceLocation: sourceLocation)
            return
        }
        #expect(archive == temporary.path + "/archive", sourceLocation: sourceLocation)
        #expect(try temporary.dump("victim") == before, sourceLocation: sourceLocation)
        #expect(!temporary.exists("victim/new"), sourceLocation: sourceLocation)
    }

    static let badNames = [
        "/tmp/nodeos-new", "../victim/new", "a/../../victim/new", "..", "a/..", "./../victim/new",
    ]

    @Test(arguments: badNames)
    func names(_ name: String) throws {
        try refuse(name) { $0.add(name, [1]) }
        try refuse(name) { $0.add(name, type: "5") }
        try refuse(name) { $0.add(name, type: "2", link: "x") }
    }

    @Test func strippingDoesNotHideThem() throws {
        try refuse("../victim/new", ExtractionOptions(stripComponents: 1)) {
            $0.add("../victim/new", [1])
        }
    }

    @Test(arguments: ["/etc", "../victim", "a/../../victim", "..", "/"])
    func linksOutOfTheTree(_ target: String) throws {
        try refuse("link") { $0.add("link", type: "2", link: target) }
        // As text they are allowed in a system's tree, but nothing is written through them.
        for name in ["link/new", "link/x/new"] {
            try refuse(name, ExtractionOptions(symlinkTargets: .asIs)) {
                $0.add("link", type: "2", link: target)
                $0.add(name, [1])
            }
        }
        try refuse(
            "link/new", ExtractionOptions(keepDirectorySymlinks: true, symlinkTargets: .asIs)
        ) {
            $0.add("link", type: "2", link: target)
            $0.add("link/new", type: "5")
        }
    }

    @Test func aLinkToALinkOutOfTheTree() throws {
        try refuse("d/up2/victim/new") {
            $0.add("d/", type: "5")
            $0.add("here", type: "2", link: ".")
            $0.add("d/up", type: "2", link: "..")
            $0.add("d/up2", type: "2", link: "up/here/../..")
            $0.add("d/up2/victim/new", [1])
        }
        // By its text this stays inside; by the links before it, it does not.
        try refuse("d/out/victim/new") {
            $0.add("a/b/", type: "5")
            $0.add("d/", type: "5")
            $0.add("d/l", type: "2", link: "../d")
            $0.add("d/out", type: "2", link: "l/../..")
            $0.add("d/out/victim/new", [1])
        }
    }

    @Test func circlesOfLinks() throws {
        try refuse("a/x") {
            $0.add("a", type: "2", link: "b")
            $0.add("b", type: "2", link: "a")
            $0.add("a/x", [1])
        }
    }

    @Test func fileOverALinkReplacesTheLink() throws {
        let temporary = try TemporaryTree()
        try temporary.create("victim", .text("untouched"))
        let archive = TarBuilder.make {
            $0.add("link", type: "2", link: "../victim")
            $0.add("link", Array("new".utf8))
        }
        try ExtractionTests.extract(
            archive, in: temporary, ExtractionOptions(symlinkTargets: .asIs))
        #expect(try temporary.dump("victim") == Tree.text("untouched").archive())
        #expect(try temporary.dump("out") == Tree.nested("link", .text("new")).archive())
    }

    @Test(arguments: ["/etc/passwd", "../victim/file", "missing", "dir", "out/file"])
    func hardLinks(_ target: String) throws {
        try refuse("hard", ExtractionOptions(symlinkTargets: .asIs)) {
            $0.add("dir/", type: "5")
            $0.add("link", type: "2", link: "../victim/file")
            $0.add("hard", type: "1", link: target)
        }
        try refuse("hard", ExtractionOptions(symlinkTargets: .asIs)) {
            $0.add("out", type: "2", link: "../victim")
            $0.add("hard", type: "1", link: "out/file")
        }
    }

    /// A second name of a symbolic link is such a link; from another place it may lead out.
    @Test func hardLinksToSymbolicLinks() throws {
        let temporary = try TemporaryTree()
        let archive = TarBuilder.make {
            $0.add("dir/file", [1])
            $0.add("dir/link", type: "2", link: "file")
            $0.add("dir/same", type: "1", link: "dir/link")
            $0.add("dir/dangling", type: "2", link: "nowhere")
            $0.add("dir/same too", type: "1", link: "dir/dangling")
        }
        try ExtractionTests.extract(archive, in: temporary)
        let expected = Tree.directory([
            (
                "dir",
                .directory([
                    ("dangling", .symlink("nowhere")), ("file", .file([1])),
                    ("link", .symlink("file")), ("same", .symlink("file")),
                    ("same too", .symlink("nowhere")),
                ])
            )
        ])
        #expect(try temporary.dump("out") == expected.archive())
        try refuse("hard") {
            $0.add("a/b/link", type: "2", link: "../../file")
            $0.add("hard", type: "1", link: "a/b/link")
        }
    }

    @Test(arguments: ["3", "4", "6"])
    func devicesAndPipes(_ type: String) throws {
        try refuse("node") { $0.add("node", type: Character(type)) }
    }

    @Test func linkTargets() throws {
        try refuse("long") {
            $0.addPax([("linkpath", String(repeating: "t", count: 5000))])
            $0.add("long", type: "2", link: "x")
        }
        try refuse(String(repeating: "n", count: 256)) {
            $0.addPax([("path", String(repeating: "n", count: 256))])
            $0.add("x")
        }
        let path = String(repeating: "d/", count: 3000)
        try refuse(path) {
            $0.addPax([("path", path)])
            $0.add("x", type: "5")
        }
    }

    @Test func directoryOverFileAndFileOverDirectory() throws {
        try refuse("a") {
            $0.add("a", [1])
            $0.add("a", type: "5")
        }
        try refuse("a/b") {
            $0.add("a", [1])
            $0.add("a/b", [1])
        }
        try refuse("a") {
            $0.add("a/b", [1])
            $0.add("a", [1])
        }
    }

    @Test func limits() throws {
        func expectLimit(_ archive: [UInt8], _ limits: ExtractionLimits) throws {
            let temporary = try TemporaryTree()
            let error = #expect(throws: ArchivesError.self) {
                try ExtractionTests.extract(
                    archive, in: temporary, ExtractionOptions(limits: limits))
            }
            guard case .limitExceeded = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
        let two = TarBuilder.make {
            $0.add("a", Tree.pattern(600))
            $0.add("b", Tree.pattern(600))
        }
        try expectLimit(two, ExtractionLimits(totalBytes: 1000))
        try expectLimit(two, ExtractionLimits(entries: 1))
        // A size that the archive only claims.
        let huge = TarBuilder.make { $0.add("a", size: 0o77777777777) }
        try expectLimit(huge, ExtractionLimits(totalBytes: 4 << 30))
        // A sparse file (GNU 1.0) of 1 TiB.
        let sparse = TarBuilder.make {
            $0.addPax([
                ("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"),
                ("GNU.sparse.name", "sparse"), ("GNU.sparse.realsize", "1099511627776"),
            ])
            $0.add("x", Array("1\n1099511627000\n0\n".utf8) + [UInt8](repeating: 0, count: 494))
        }
        try expectLimit(sparse, ExtractionLimits())
        try expectLimit(
            ExtractionTests.compress(
                TarBuilder.make { $0.add("zero", [UInt8](repeating: 0, count: 8 << 20)) }, .zstd),
            ExtractionLimits(ratio: 100, ratioMinimum: 1 << 20))
    }

    /// libarchive would keep the 4 GiB in memory that this header of cpio (newc) gives the name,
    /// as far as they are there. Found by fuzzing.
    @Test(arguments: [CompressionFormat.none, .zstd])
    func aHeaderWithoutEnd(format: CompressionFormat) throws {
        let temporary = try TemporaryTree()
        let fields = [1, 0o100644, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xffff_ff00, 0].map {
            let digits = String($0, radix: 16)
            return String(repeating: "0", count: 8 - digits.count) + digits
        }
        let header = Array("070701\(fields.joined())".utf8)
        let archive = header + [UInt8](repeating: 0x61, count: 17 << 20)
        let error = #expect(throws: ArchivesError.self) {
            try ExtractionTests.extract(ExtractionTests.compress(archive, format), in: temporary)
        }
        #expect(
            error
                == .damagedArchive(
                    archive: temporary.path + "/archive", entry: nil,
                    message: "a header of more than 16 MiB"))
    }

    @Test func damage() throws {
        let temporary = try TemporaryTree()
        func expectDamage(_ archive: [UInt8]) {
            let error = #expect(throws: ArchivesError.self) {
                try ExtractionTests.extract(archive, in: temporary)
            }
            guard case .damagedArchive(let name, _, _) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(name == temporary.path + "/archive")
        }
        let source = ExtractionTests.source
        expectDamage(Array("not an archive at all, but a text\n".utf8))
        expectDamage([])
        expectDamage(Array(source[..<(source.count / 2)]))
        for format in [CompressionFormat.gzip, .bzip2, .xz, .zstd] {
            let compressed = try ExtractionTests.compress(source, format)
            expectDamage(Array(compressed[..<(compressed.count / 2)]))
        }
        expectDamage(TarBuilder.ar([("debian-binary", Array("2.0\n".utf8))]))
        expectDamage(
            TarBuilder.ar([("debian-binary", Array("2.0\n".utf8)), ("data.tar", [1, 2, 3])]))
    }
}
