import Archives
import Primitives
import TestSupport
import Testing

/// The reader of NARs on near misses of valid archives: it never crashes, and what it accepts is
/// written again as the same bytes.
@Suite struct NARMutationTests {
    private static func samples() throws -> [[UInt8]] {
        let tree = Tree.directory([
            ("a", .text("hola\n")), ("b", .file(Array("12345678".utf8), executable: true)),
            ("c", .symlink("a/b")), ("d", .nested("e", .directory([]))), ("f", .text("")),
        ])
        return try [
            tree, .text("one file"), .file([], executable: true), .symlink("x"), .directory([]),
        ].map { try $0.archive() }
    }

    @Test(arguments: 1...8) func mutations(seed: UInt64) throws {
        let words = [
            "(", ")", "type", "regular", "contents", "executable", "symlink", "target",
            "directory", "entry", "name", "node", "nix-archive-1",
        ].map { word in
            // A word as it stands in the archive: its length, the bytes, zeros.
            String(decoding: [UInt8(word.utf8.count)], as: UTF8.self)
                + String(repeating: "\0", count: 7) + word
                + String(repeating: "\0", count: (8 - word.utf8.count % 8) % 8)
        }
        var mutator = try Mutator(
            samples: Self.samples(),
            words: words + ["\0\0\0\0\0\0\0\0", "\u{1}\0\0\0\0\0\0\0", "..", "/"], seed: seed)
        var accepted = 0
        for round in 0..<1500 {
            let bytes = mutator.next()
            do {
                var reader = NARReader(MemorySource(bytes))
                var writer = NARWriter(MemorySink())
                try reader.visit(with: &writer)
                try reader.expectEnd()
                try writer.finish()
                accepted += 1
                #expect(writer.intoSink().bytes == bytes, "seed \(seed), round \(round)")
            } catch is ArchivesError {}
        }
        #expect(accepted > 0)
    }
}
