import Archives
import Foundation
import Primitives
import Testing

/// NARs that the real Nix makes and reads.
@Suite struct NARConformanceTests {
    /// Trees made by a shell script in an empty directory as `t`.
    static let trees: [(name: String, script: String)] = [
        ("empty file", ": > t"),
        ("file", "printf hola > t"),
        ("executable", "printf '#!/bin/sh\\n' > t; chmod 755 t"),
        ("executable for its owner only", "printf x > t; chmod 700 t"),
        ("executable for others only", "printf x > t; chmod 655 t"),
        ("symbolic link", "ln -s /nowhere/at/all t"),
        ("symbolic link of 4000 bytes", "ln -s $(printf 'x%.0s' $(seq 4000)) t"),
        ("empty directory", "mkdir t"),
        (
            "sizes around the padding",
            "mkdir t; for i in $(seq 0 33); do head -c $i /dev/zero > t/$i; done"
        ),
        (
            "names that locales sort otherwise",
            "mkdir t; cd t; for n in a A b B a-b a.b a_b ab 'a b' 'a~' é z É Z 10 9 . ..x; do "
                + "[ \"$n\" = . ] || printf '%s' \"$n\" > \"$n\"; done"
        ),
        (
            "names of any bytes",
            "mkdir t; cd t; for n in '\\377\\376' '\\001' 'a\\nb' '\\t' '\\\\' '\"' '*' '\\303\\050' "
                + "' ' '-rf'; do f=$(printf \"./$n.\"); printf x > \"$f\"; done"
        ),
        (
            "a directory before the file that continues its name",
            "mkdir -p t/a t/a.b; printf 1 > t/a/z; printf 2 > t/a-; printf 3 > t/a0"
        ),
        (
            "63 levels",
            "mkdir -p t/$(printf 'd/%.0s' $(seq 61)); printf x > t/$(printf 'd/%.0s' $(seq 61))x"
        ),
        (
            "names of 255 bytes",
            "mkdir t; printf x > t/$(printf 'n%.0s' $(seq 255)); printf y > t/$(printf 'n%.0s' $(seq 254))"
        ),
        ("3 MiB and a bit", "head -c 3145733 /dev/urandom > t"),
        ("a sparse file", "truncate -s 5000001 t"),
        ("many entries", "mkdir t; for i in $(seq 3000); do : > t/f$i; done"),
        ("hard links", "mkdir t; printf same > t/a; ln t/a t/b; chmod 755 t/a"),
        (
            "a read-only tree",
            "mkdir -p t/a; printf x > t/a/b; chmod 000 t/a/b; chmod 555 t/a t; chmod 400 t/a/b"
        ),
        (
            "links of all kinds",
            "mkdir t; ln -s . t/dot; ln -s .. t/up; ln -s t t/loop; ln -s ' ' t/space; ln -s a/ t/slash"
        ),
    ]

    @Test(arguments: trees.map(\.name)) func dumpedRestoredAndDumpedAgain(tree: String) throws {
        let nix = try RealNix()
        let script = try #require(Self.trees.first { $0.name == tree }).script
        try nix.shell(script)
        let expected = try nix.run("nix-store", ["--dump", nix.directory + "/t"]).output
        let directory = try DirectoryDescriptor(opening: nix.directory)
        var sink = MemorySink()
        try dumpTree(FileName("t"), in: directory, to: &sink)
        #expect(sink.bytes == expected)

        try restoreTree(from: MemorySource(expected), to: FileName("u"), in: directory)
        let again = try nix.run("nix-store", ["--dump", nix.directory + "/u"]).output
        #expect(again == expected)

        let hash = try nix.run("nix-hash", ["--type", "sha256", nix.directory + "/t"]).text
        #expect(Digest.hash(sink.bytes).base16 == hash)
    }

    /// What this program writes, Nix unpacks to the same tree.
    @Test func nixRestoresWhatIsWritten() throws {
        let nix = try RealNix()
        try nix.shell("cp -r \(RealNix.resources)/tree t")
        let directory = try DirectoryDescriptor(opening: nix.directory)
        var sink = MemorySink()
        try dumpTree(FileName("t"), in: directory, to: &sink)
        try Data(sink.bytes).write(to: URL(filePath: nix.directory + "/t.nar"))
        try nix.shell("nix-store --restore u < t.nar")
        var again = MemorySink()
        try dumpTree(FileName("u"), in: directory, to: &again)
        #expect(again.bytes == sink.bytes)
    }
}

extension RealNix {
    /// Runs a script with `sh -e` in the temporary directory.
    func shell(_ script: String) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-ec", script]
        process.currentDirectoryURL = URL(filePath: directory)
        process.environment = ["PATH": "/usr/bin:/bin", "LC_ALL": "C", "HOME": directory]
        process.standardInput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(description: "the script failed: \(script)")
        }
    }
}
