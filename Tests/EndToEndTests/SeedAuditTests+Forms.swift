import Foundation
import Primitives
import StoreModel
import TestSupport
import Testing

/// Where a hash of a seed may hide: other spellings, pieces, compressed streams, archives inside archives.
extension SeedAuditTests {
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
}
