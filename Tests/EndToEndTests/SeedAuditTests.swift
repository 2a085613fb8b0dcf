import Foundation
import Primitives
import StoreModel
import TestSupport
import Testing

/// `audit seeds`: one trace of a seed planted in each form, and seen; and nothing seen where nothing is.
@Suite(.timeLimit(.minutes(40))) struct SeedAuditTests {
    /// A store with a seed, a step after it and a final item that holds the files `plant` makes.
    struct Scene {
        var store: StoreFixture
        let seed: StoreFixture.Item
        let boot: StoreFixture.Item
        let final: StoreFixture.Item

        /// - Parameter plant: makes the final item's files in a directory, knowing the seed.
        init(
            named name: String = "tool-final",
            _ plant: (String, StoreFixture.Item, StoreFixture.Item) throws -> Void
        ) throws {
            store = try StoreFixture()
            let binary = store.directory.file("seed.deb")
            let body = Array("the seed's bytes\n".utf8)
            try Data(body).write(to: URL(filePath: binary))
            let download = try store.fetch(
                "seed.deb", ["file://" + binary], .hash(body), size: body.count)
            seed = try store.derive(
                "seeds", "mkdir $out; \(Self.seedFile)\ncp \(download.output()) $out/deb",
                inputs: [download], variables: ["stage": "seed"])
            boot = try store.derive(
                "tool-boot0", "echo \(seed.output()) > $out", inputs: [seed],
                variables: ["stage": "boot0"])
            let files = store.directory.file("planted")
            try FileManager.default.createDirectory(
                atPath: files, withIntermediateDirectories: true)
            try plant(files, seed, boot)
            let added = try store.succeed("add", files).lines[0]
            let source = try StoreDirectory.nodeos.parse(added)
            final = try store.derive(
                name, "cp -r \(added) $out", inputs: [boot],
                variables: ["stage": "final"]
            ) { $0.inputSources.insert(source) }
            try store.realise(final)
        }

        /// 200 bytes that nobody else has, twice: a text, and something that is none.
        static let seedFile = """
            yes 'only the seed says this' | head -n 8 > $out/file
            dd if=/dev/zero of=$out/compiled bs=200 count=1 2> /dev/null
            """

        func audit(_ status: Int32, at location: SourceLocation = #_sourceLocation) throws
            -> JSONValue
        {
            let result = try store.run("audit", "seeds", "--json", final.drv)
            #expect(result.status == status, "\(result.error)", sourceLocation: location)
            return try JSONValue(parsing: Array(result.output.utf8))
        }
    }

    /// What was found, as `category file members offset`.
    func findings(_ report: JSONValue, _ key: String = "findings") -> [String] {
        (report[key]?.array ?? []).map { finding in
            var words = [finding["category"]?.string ?? "", finding["file"]?.string ?? ""]
            words += finding["members"]?.array?.compactMap(\.string) ?? []
            if let offset = finding["offset"]?.integer { words.append("@\(offset)") }
            return words.joined(separator: " ")
        }
    }

    func write(_ bytes: [UInt8], _ path: String) throws {
        try Data(bytes).write(to: URL(filePath: path))
    }

    /// Runs a program of the machine; cancels the test when it is missing.
    func shell(_ script: String, in directory: String) throws {
        let result = try ChildProcess(
            ["/bin/sh", "-e", "-c", "cd '\(directory)'; \(script)"],
            environment: ["PATH": "/usr/local/bin:/usr/bin:/bin"]
        ).wait()
        guard result.status == 0 else { try Test.cancel("\(result.error)") }
    }

    func hashPart(_ item: StoreFixture.Item) -> String {
        item.derivation.outputs["out"]?.path?.hashPart ?? ""
    }

    @Test func nothingIsFoundWhereNothingIs() throws {
        let scene = try Scene { directory, _, _ in
            try write(Array("nothing\n".utf8), directory + "/text")
            try shell("echo nothing | gzip -n > text.gz; tar cf text.tar text", in: directory)
        }
        let report = try scene.audit(0)
        #expect(findings(report) == [])
        #expect(report["seedCount"]?.integer == 1)
        #expect(report["seeds"]?.array?.first?["size"]?.integer == 17)
        #expect(report["fileCount"]?.integer == 3)
        #expect(report["memberCount"]?.integer == 2)
        let text = try scene.store.succeed("audit", "seeds", scene.final.drv).output
        #expect(text.contains("verdict: nothing found in 3 files and"))
        #expect(text.contains("NO REASON GIVEN"))
    }

    /// What is damaged, cut off or encrypted was not looked into, and the verdict says so.
    @Test func whatIsBrokenIsNotNothing() throws {
        let scene = try Scene { directory, _, _ in
            try shell(
                """
                seq 1 20000 > text
                gzip -n < text > all.gz; xz < text > all.xz; bzip2 < text > all.bz2
                zstd -q < text > all.zst; xz --format=lzma < text > all.lzma
                python3 - <<'END'
                import zipfile, zlib
                text = open("text", "rb").read()
                open("all.zlib", "wb").write(zlib.compress(text))
                for name in ["gz", "xz", "bz2", "zst", "lzma", "zlib"]:
                    data = open("all." + name, "rb").read()
                    open("cut." + name, "wb").write(data[:len(data) * 2 // 3])
                    data = bytearray(data)
                    for place in range(len(data) // 2, len(data) // 2 + 16): data[place] ^= 0x55
                    open("damaged." + name, "wb").write(data)
                    open("middle." + name, "wb").write(b"12345" + bytes(data) + b"behind")
                with zipfile.ZipFile("encrypted.zip", "w", zipfile.ZIP_DEFLATED) as archive:
                    archive.writestr("secret", text)
                data = bytearray(open("encrypted.zip", "rb").read())
                data[6] |= 1
                data[data.rindex(b"PK\\1\\2") + 8] |= 1
                open("encrypted.zip", "wb").write(data)
                END
                tar cf cut.tar text; head -c 60000 cut.tar > t; mv t cut.tar
                rm text all.*
                # No streams, though they begin alike.
                printf 'x^2 + y^2' > formula; printf 'x\\234 is no letter here' > letters
                printf '\\037\\213\\010\\000 a constant of a program' > a
                printf 'code %s' "$(cat a)" > constant; rm a
                """, in: directory)
        }
        let report = try scene.audit(3)
        let unread = findings(report)
        #expect(unread.allSatisfy { $0.hasPrefix("unread ") }, "\(unread)")
        for kind in ["gz", "xz", "bz2", "zst", "lzma", "zlib"] {
            for name in ["cut", "damaged", "middle"] where (kind, name) != ("lzma", "middle") {
                #expect(
                    unread.contains { $0.hasPrefix("unread \(name).\(kind) ") },
                    "\(name).\(kind): \(unread)")
            }
        }
        #expect(unread.contains { $0.hasPrefix("unread encrypted.zip zip secret") }, "\(unread)")
        #expect(unread.contains { $0.hasPrefix("unread cut.tar tar") }, "\(unread)")
        for name in ["formula", "letters", "constant"] {
            #expect(!unread.contains { $0.hasPrefix("unread \(name)") }, "\(unread)")
        }
        #expect(report["unreadCount"]?.integer == Int64(unread.count))
        #expect(report["verdict"]?.string == "inconclusive" && report["clean"]?.bool == false)
        let text = try scene.store.run("audit", "seeds", scene.final.drv)
        #expect(text.status == 3)
        #expect(text.output.contains("verdict: inconclusive in "))
        #expect(!text.output.contains("nothing found"))
    }

    /// A disk that cannot be read stops the audit, whichever read it is.
    @Test func whatCannotBeReadIsAnError() throws {
        let scene = try Scene { directory, _, _ in
            try shell(
                """
                seq 1 200000 > text; xz < text > text.xz; gzip -n < text > text.gz
                zstd -q < text > text.zst
                python3 -c 'import zipfile; z = zipfile.ZipFile("text.zip", "w", \
                zipfile.ZIP_DEFLATED); z.write("text")'
                tar cf text.tar text; rm text
                """, in: directory)
        }
        let library = scene.store.directory.file("fail-read.so")
        let source = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "FaultInjection/fail-read.c").path
        try shell("cc -shared -fPIC -o '\(library)' '\(source)' -ldl", in: "/")
        let counted = scene.store.directory.file("count")
        func audit(_ call: Int) throws -> ChildProcess.Result {
            try scene.store.start(
                ["audit", "seeds", "--jobs", "1", scene.final.drv],
                adding: [
                    "LD_PRELOAD": library, "FAIL_AT": "\(call)", "FAIL_COUNT": counted,
                    "FAIL_IN": "-tool-final/",
                ]
            ).wait()
        }
        #expect(try audit(0).status == 0)
        let text = try String(contentsOfFile: counted, encoding: .utf8)
        let calls = try #require(Int(text.trimmingCharacters(in: .whitespacesAndNewlines)))
        try #require(calls > 10)
        var generator = TestSeed.generator()
        for call in (1...calls).shuffled(using: &generator).prefix(25) {
            let result = try audit(call)
            #expect(
                result.status == 1,
                "read \(call) of \(calls) (\(TestSeed.shown)): \(result.output)")
            #expect(result.error.contains("cannot read '"), "\(result.error)")
        }
        // Where nothing can be unpacked to, nothing is said of what is packed.
        let large = try Scene { directory, _, _ in
            try shell("head -c 8000000 /dev/zero | xz > large.xz", in: directory)
        }
        let result = try large.store.start(
            ["audit", "seeds", large.final.drv], adding: ["TMPDIR": "/nonexistent"]
        ).wait()
        #expect(result.status == 1 && result.error.contains("cannot create '/nonexistent/"))
    }

    @Test func plainPathsAndSeedBytesAreFound() throws {
        let scene = try Scene { directory, seed, _ in
            try write(
                Array("loader=/lib64/ld-linux-x86-64.so.2 -L/usr/lib/gcc/x86_64-linux-gnu/12".utf8),
                directory + "/specs")
            try write(
                Array("/nodeos/store/\(String(repeating: "0", count: 32))-x/usr/lib/y".utf8),
                directory + "/below-the-store")
            try shell(
                """
                yes 'only the seed says this' | head -n 8 > copy
                tar cf copy.tar copy
                """, in: directory)
        }
        let report = try scene.audit(1)
        let found = findings(report)
        #expect(found.contains("plain-path specs @7"))
        #expect(found.contains("plain-path specs @37"))
        #expect(!found.contains { $0.contains("below-the-store") })
        #expect(found.contains("seed-bytes copy"))
        #expect(found.contains("seed-bytes copy.tar tar copy"))
        let whats = (report["findings"]?.array ?? []).compactMap { $0["what"]?.string }
        #expect(whats.contains("the path \"/lib64/ld-linux-x86-64.so.2\""))
        #expect(whats.contains("the path \"/usr/lib/gcc/x86_64-linux-gnu/12\""))
        #expect(whats.contains { $0.hasPrefix("the same bytes as 'file' of") })
    }

    @Test func whatWasJudgedBeforeIsExplainedAndNothingElse() throws {
        let scene = try Scene(named: "gcc-final-12") { directory, _, _ in
            try write(
                Array("%{m32:/lib/ld-linux.so.2;:/usr/lib/gcc/x86_64-linux-gnu}".utf8),
                directory + "/specs")
            try shell(
                """
                mkdir -p include/c++/12
                yes 'only the seed says this' | head -n 8 > include/c++/12/copy
                head -c 200 /dev/zero > include/c++/12/compiled
                cp include/c++/12/copy elsewhere
                """, in: directory)
        }
        let report = try scene.audit(1)
        #expect(
            Set(findings(report)) == [
                "plain-path specs @26", "seed-bytes elsewhere",
                "seed-bytes include/c++/12/compiled",
            ])
        #expect(
            Set(findings(report, "explained")) == [
                "plain-path specs @6", "seed-bytes include/c++/12/copy",
            ])
        let text = try scene.store.run("audit", "seeds", scene.final.drv).output
        #expect(text.contains("because: gcc knows the loader of every C library"))
    }

    @Test func whatCannotBeJudgedIsSaid() throws {
        let scene = try Scene { directory, _, _ in
            // 512 MiB of zeros in a few kilobytes.
            try shell("head -c 536870912 /dev/zero | zstd -q > bomb.zst", in: directory)
        }
        #expect(findings(try scene.audit(3)) == ["unread bomb.zst zstd"])
        // A final item that is not there.
        var store = scene.store
        let missing = try store.derive(
            "later-final", "echo later > $out", inputs: [scene.boot],
            variables: ["stage": "final"])
        let result = try store.run("audit", "seeds", missing.drv)
        #expect(result.status == 1 && result.error.contains("realise them first"))
        // No seeds at all.
        let plain = try store.derive("plain", "echo plain > $out")
        try store.realise(plain)
        #expect(try store.run("audit", "seeds", plain.drv).error.contains("stage = seed"))
    }

    @Test func withoutTheSeedsTheVerdictIsNotWhole() throws {
        let scene = try Scene { directory, _, _ in
            try write(Array("nothing\n".utf8), directory + "/text")
        }
        try scene.store.succeed("gc", "--delete", scene.boot.output())
        try scene.store.succeed("gc", "--delete", scene.seed.output())
        let report = try scene.audit(3)
        #expect(report["absentSeedItems"]?.array?.count == 1)
        #expect(report["clean"]?.bool == true && report["complete"]?.bool == false)
    }
}
