import Foundation
import Primitives
import StoreModel
import TestSupport
import Testing

/// `audit seeds`: one trace of a seed planted in each form, and seen; and nothing seen where nothing is.
@Suite(.timeLimit(.minutes(40))) struct SeedAuditTests {
    /// A store with a seed, a step after it and a final item that holds the files `plant` makes.
    private struct Scene {
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
    private func findings(_ report: JSONValue, _ key: String = "findings") -> [String] {
        (report[key]?.array ?? []).map { finding in
            var words = [finding["category"]?.string ?? "", finding["file"]?.string ?? ""]
            words += finding["members"]?.array?.compactMap(\.string) ?? []
            if let offset = finding["offset"]?.integer { words.append("@\(offset)") }
            return words.joined(separator: " ")
        }
    }

    private func write(_ bytes: [UInt8], _ path: String) throws {
        try Data(bytes).write(to: URL(filePath: path))
    }

    /// Runs a program of the machine; cancels the test when it is missing.
    private func shell(_ script: String, in directory: String) throws {
        let result = try ChildProcess(
            ["/bin/sh", "-e", "-c", "cd '\(directory)'; \(script)"],
            environment: ["PATH": "/usr/local/bin:/usr/bin:/bin"]
        ).wait()
        guard result.status == 0 else { try Test.cancel("\(result.error)") }
    }

    private func hashPart(_ item: StoreFixture.Item) -> String {
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

    @Test func everyFormOfAHashIsFound() throws {
        let scene = try Scene { directory, seed, boot in
            let text = Array(hashPart(seed).utf8)
            let lead = [UInt8](repeating: 0x2a, count: 100)
            func spread(_ zeros: Int, before: Bool) -> [UInt8] {
                let padding = [UInt8](repeating: 0, count: zeros)
                return text.flatMap { before ? padding + [$0] : [$0] + padding }
            }
            try write(lead + text, directory + "/text")
            try write(lead + text.reversed(), directory + "/reversed")
            try write(lead + spread(1, before: false), directory + "/utf16le")
            try write(lead + spread(1, before: true), directory + "/utf16be")
            try write(lead + spread(3, before: false), directory + "/utf32")
            try write(lead + text[..<20] + [0x22, 0x0a] + text[20...], directory + "/split")
            try write(lead + text[4..<20] + Array("eeee".utf8), directory + "/half")
            let digits = text.map { String($0, radix: 16) }.joined()
            try write(lead + Array(digits.utf8), directory + "/hex")
            try write(lead + Array(digits.uppercased().utf8), directory + "/HEX")
            try write(lead + Array(Data(text).base64EncodedString().utf8), directory + "/base64")
            // The base 16 of a hash part is that of the digest that it folds: `hash --to-base16`.
            let digest = try Digest(
                parsing: hashPart(seed), algorithm: .sha1)
            try write(lead + Array(digest.base16.utf8), directory + "/base16")
            try write(lead + Array(digest.base16.uppercased().utf8), directory + "/BASE16")
            try write(lead + digest.bytes, directory + "/binary")
            try write(
                lead + Array(Data([1] + digest.bytes).base64EncodedString().utf8),
                directory + "/base64-bytes")
            try write(lead + Array(hashPart(boot).utf8), directory + "/boot")
            try write([], directory + "/name-\(hashPart(seed))")
            try FileManager.default.createSymbolicLink(
                atPath: directory + "/link", withDestinationPath: seed.output() + "/bin/tool")
        }
        let report = try scene.audit(1)
        let found = findings(report).filter { $0.hasPrefix("reference") }
        let expected =
            [
                "BASE16 @100", "base16 @100", "base64 @100", "binary @100", "boot @100",
                "base64-bytes @104", "half @100", "hex @100", "HEX @100",
                "reversed @100", "split @100", "text @100", "utf16be @101", "utf16le @100",
                "utf32 @100", "link its target",
                "name-\(hashPart(scene.seed)) its name",
            ].map { "reference \($0)" }
        #expect(Set(expected).subtracting(found) == [])
        let whats = (report["findings"]?.array ?? []).compactMap { $0["what"]?.string }
        #expect(whats.contains { $0.hasPrefix("half of the hash of") })
        #expect(whats.contains { $0.hasSuffix("as text, in pieces") })
        #expect(whats.contains { $0.hasSuffix("as base16 of its characters") })
        #expect(whats.contains { $0.hasSuffix("as UTF-16") })
        // The plain text and the link are registered references too.
        #expect(whats.contains { $0.hasPrefix("reaches it: tool-final") })
    }

    /// Cut into pieces of at least eight characters, in any order, within 256 bytes.
    @Test(arguments: [
        [8, 8, 8, 8], [12, 20], [10, 11, 11], [8, 9, 15], [15, 9, 8], [9, 14, 9], [11, 13, 8],
    ]) func hashesInPiecesAreFound(sizes: [Int]) throws {
        let scene = try Scene { directory, seed, _ in
            var rest = Array(hashPart(seed).utf8)[...]
            let pieces = sizes.map { size in
                defer { rest = rest.dropFirst(size) }
                return Array(rest.prefix(size))
            }
            let lead = [UInt8](repeating: 0x2a, count: 100)
            let lines = Array(pieces.joined(separator: Array("\" \"".utf8)))
            try write(lead + lines, directory + "/lines")
            try write(lead + lines.reversed(), directory + "/backwards")
            let others = Array(pieces.reversed().joined(separator: [0x3a]))
            try write(lead + others, directory + "/other-order")
            // Across the border of what is read at once, and as far apart as is looked for.
            let far = [UInt8](repeating: 0x21, count: 220 / (sizes.count - 1))
            try write(
                [UInt8](repeating: 0x2a, count: (1 << 20) - 20) + pieces.joined(separator: far),
                directory + "/far")
            // Pieces that are shorter, and pieces that are strewn about, are no trace.
            let short = hashPart(seed).utf8.enumerated().flatMap { index, byte -> [UInt8] in
                index % 7 == 6 ? [byte, 0x2d] : [byte]
            }
            try write(lead + short, directory + "/short")
            let wide = [UInt8](repeating: 0x21, count: 300)
            if sizes == [8, 8, 8, 8] {
                try write(lead + pieces.joined(separator: wide), directory + "/strewn")
            }
        }
        let found = findings(try scene.audit(1)).filter { $0.hasPrefix("reference") }
        for name in ["lines @100", "backwards @100", "other-order @100", "far @\((1 << 20) - 20)"] {
            #expect(found.contains("reference \(name)"), "\(name): \(found)")
        }
        #expect(!found.contains { $0.contains("short") || $0.contains("strewn") })
    }

    private static let zlibCommand =
        "python3 -c 'import sys, zlib; "
        + "sys.stdout.buffer.write(zlib.compress(sys.stdin.buffer.read()"

    @Test(arguments: [
        ("gzip -n", "gzip"), ("bzip2", "bzip2"), ("xz", "xz"), ("zstd -q", "zstd"),
        ("xz --format=lzma", "lzma"),
        (SeedAuditTests.zlibCommand + "))'", "zlib"),
        (SeedAuditTests.zlibCommand + ", 1))'", "zlib"),
    ]) func compressedStreamsAreOpened(command: String, name: String) throws {
        let scene = try Scene { directory, seed, _ in
            let text = [UInt8](repeating: 0x2a, count: 1000) + Array(hashPart(seed).utf8)
            try write(text, directory + "/text")
            // At the beginning, in the middle as in a kernel, and twice.
            try shell(
                """
                \(command) < text > once; { printf 12345; cat once; echo behind; } > middle
                \(command) < once > twice; rm text
                """, in: directory)
        }
        let found = findings(try scene.audit(1))
        #expect(found.contains("reference once \(name) @1000"))
        #expect(found.contains("reference middle \(name) at byte 5 @1000"))
        #expect(found.contains { $0.hasPrefix("reference twice \(name)") })
    }

    /// What holds deflate, and says so: sections of programs, images, archives, loose git objects.
    @Test func deflateInOtherThingsIsOpened() throws {
        let scene = try Scene { directory, seed, _ in
            try write(Array(hashPart(seed).utf8), directory + "/hash")
            try shell(
                """
                python3 - <<'END'
                import struct, zlib
                hash = open("hash").read()
                text = ("int f(void) { return 0; } /* %s */" % ("x" * 3000)).encode()
                packed = zlib.compress(text + hash.encode())
                open("zdebug", "wb").write(b"12345ZLIB" + struct.pack(">Q", len(text) + 32) + packed)
                small = zlib.compressobj(9, zlib.DEFLATED, 9)
                open("window", "wb").write(
                    b"ZLIB" + struct.pack(">Q", 32) + small.compress(hash.encode()) + small.flush())
                def chunk(kind, data):
                    return (struct.pack(">I", len(data)) + kind + data
                            + struct.pack(">I", zlib.crc32(kind + data)))
                import random
                random.seed(1)
                rows = b"".join(
                    b"\\0" + bytes(random.randrange(256) for _ in range(64)) for _ in range(200))
                data = zlib.compress(rows + b"\\0" + hash.encode() + b"." * 32)
                pieces = [data[i:i + 997] for i in range(0, len(data), 997)]
                open("image.png", "wb").write(
                    b"\\x89PNG\\r\\n\\x1a\\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 64, 201, 8, 0, 0, 0, 0))
                    + b"".join(chunk(b"IDAT", piece) for piece in pieces) + chunk(b"IEND", b""))
                END
                printf 'int f(void) { return 0; }\\n#define NAME "%s"\\n' "$(cat hash)" > hash.c
                cc -g3 -gz=zlib -c hash.c -o hash.o 2> /dev/null || echo none > hash.o
                rm hash hash.c
                """, in: directory)
        }
        let found = findings(try scene.audit(1)).filter { $0.hasPrefix("reference") }
        for name in ["zdebug zlib at byte 17 @3032", "window zlib at byte 12 @0"] {
            #expect(found.contains("reference \(name)"), "\(name): \(found)")
        }
        #expect(found.contains { $0.hasPrefix("reference image.png image data at byte 41 @") })
        let object = URL(filePath: scene.store.real(scene.final.output() + "/hash.o"))
        if try Data(contentsOf: object).starts(with: [0x7f, 0x45, 0x4c, 0x46]) {
            #expect(found.contains { $0.hasPrefix("reference hash.o zlib at byte ") }, "\(found)")
        }
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
        for call in (1...calls).shuffled().prefix(25) {
            let result = try audit(call)
            #expect(result.status == 1, "read \(call) of \(calls): \(result.output)")
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

    /// An archive as the kernel reads it (`newc`): names and numbers in hexadecimal, padded to four.
    private static func cpio(_ files: [(name: String, bytes: [UInt8])]) -> [UInt8] {
        var archive: [UInt8] = []
        for (name, bytes) in files + [("TRAILER!!!", [])] {
            let fields = [
                1, 0o100644, 0, 0, 1, 0, bytes.count, 0, 0, 0, 0, name.utf8.count + 1, 0,
            ]
            let digits = fields.map { String(repeating: "0", count: 8) + String($0, radix: 16) }
            archive += ("070701" + digits.map { $0.suffix(8) }.joined()).utf8
            archive += name.utf8 + [0]
            while !archive.count.isMultiple(of: 4) { archive.append(0) }
            archive += bytes
            while !archive.count.isMultiple(of: 4) { archive.append(0) }
        }
        return archive
    }

    @Test func archivesAreOpenedAlsoInsideEachOther() throws {
        let scene = try Scene { directory, seed, _ in
            try write(
                [UInt8](repeating: 0x2a, count: 70) + Array(hashPart(seed).utf8),
                directory + "/leak")
            try write(
                Self.cpio([
                    ("other", Array("other\n".utf8)),
                    ("leak", [UInt8](repeating: 0x2a, count: 70) + Array(hashPart(seed).utf8)),
                ]), directory + "/leak.cpio")
            try shell(
                """
                echo other > other
                tar cf leak.tar other leak
                ar rcD leak.a other leak
                python3 -c 'import zipfile; z = zipfile.ZipFile("leak.zip", "w", \
                zipfile.ZIP_DEFLATED); z.write("other"); z.write("leak")'
                { head -c 3000 /dev/zero | tr '\\0' x; cat leak.cpio; } | gzip -n > payload
                { printf kernel; cat payload; } > vmlinuz
                gzip -n < leak > leak.gz; tar c leak.gz | xz > deep.tar.xz
                rm leak leak.gz other payload
                """, in: directory)
        }
        let found = findings(try scene.audit(1))
        for expected in [
            "leak.tar tar leak @70", "leak.cpio cpio leak @70", "leak.a ar leak @70",
            "leak.zip zip leak @70", "vmlinuz gzip at byte 6 cpio at byte 3000 leak @70",
            "deep.tar.xz xz tar leak.gz gzip @70",
        ] {
            #expect(found.contains("reference \(expected)"), "\(expected): \(found)")
        }
        #expect(found.count { $0.hasPrefix("reference leak.tar ") } == 1, "told once, by member")
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
