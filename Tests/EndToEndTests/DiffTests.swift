import Foundation
import Glibc
import Primitives
import TestSupport
import Testing

/// `audit diff`: where trees differ, and why probably.
@Suite(.timeLimit(.minutes(40))) struct DiffTests {
    private let directory: TemporaryDirectory
    private let binary: String

    init() throws {
        directory = try TemporaryDirectory()
        binary = try BuiltCommand.path()
    }

    private func start(_ arguments: [String]) throws -> ChildProcess {
        try ChildProcess(
            [binary, "audit", "diff"] + arguments,
            environment: [
                "PATH": "/usr/local/bin:/usr/bin:/bin", "NODEOS_ROOT": directory.file("root"),
                "TMPDIR": directory.path,
            ])
    }

    private func diff(_ arguments: String...) throws -> ChildProcess.Result {
        try start(arguments).wait()
    }

    /// The record of comparing two files with these texts.
    private func record(_ first: String, _ second: String, _ name: String = "f") throws -> JSONValue
    {
        let one = try directory.write(first, to: "a/\(name)")
        let other = try directory.write(second, to: "b/\(name)")
        let result = try diff("--json", one, other)
        #expect(result.status == 1, "\(result.error)")
        return try JSONValue(parsing: Array(result.output.utf8))
    }

    private func causes(_ first: String, _ second: String) throws -> [String] {
        try record(first, second)["causes"]?.array?.compactMap(\.string) ?? []
    }

    /// Runs a tool of the machine.
    private func tool(_ command: String...) throws {
        let result = try ChildProcess(
            command, environment: ["PATH": "/usr/bin:/bin"], input: ""
        ).wait()
        try #require(result.status == 0, "\(command): \(result.error)")
    }

    @Test func equalTreesAreEqual() throws {
        try directory.write("same\n", to: "a/x/file")
        try directory.write("same\n", to: "b/x/file")
        try directory.link("a/link", to: "x")
        try directory.link("b/link", to: "x")
        let result = try diff(directory.file("a"), directory.file("b"))
        #expect(result.status == 0)
        #expect(result.output.isEmpty)
        let json = try diff("--json", directory.file("a"), directory.file("b"))
        #expect(try JSONValue(parsing: Array(json.output.utf8))["equal"]?.bool == true)
    }

    @Test func everyKindOfDifferenceIsTold() throws {
        try directory.write("only", to: "a/gone")
        try directory.write("only", to: "b/new")
        try directory.write("run", to: "a/program", mode: 0o755)
        try directory.write("run", to: "b/program", mode: 0o644)
        try directory.link("a/link", to: "one")
        try directory.link("b/link", to: "other")
        try directory.write("file", to: "a/type")
        try directory.write("file", to: "b/type/inside")
        try directory.write("one line\nthe first\n", to: "a/text")
        try directory.write("one line\nthe second\n", to: "b/text")
        let result = try diff(directory.file("a"), directory.file("b"))
        #expect(result.status == 1)
        for line in [
            "gone: only in the first", "new: only in the second",
            "program: executable in the first only; likely the permissions of new files (umask)",
            "link: a symbolic link to 'one' in the first, to 'other' in the second",
            "type: file in the first, directory in the second",
            "text: differs from byte 13 on (19 and 20 bytes)", "    - the first",
            "    + the second",
            "6 differences",
        ] { #expect(result.output.contains(line), "\(line) in \(result.output)") }
        // 13 bytes, then `f` of the first and `s` of the second.
        #expect(result.output.contains("[66][69][72]"))
        #expect(result.output.contains("[73][65][63]"))
    }

    @Test func likelyCausesAreNamed() throws {
        #expect(
            try causes("built Nov 21 2026 10:01:02\n", "built Nov 22 2026 11:09:00\n")
                == ["timestamp"])
        #expect(try causes("t=1789000000;\n", "t=1789004321;\n") == ["timestamp"])
        #expect(try causes("dir /build/one/src ok\n", "dir /tmp/other ok\n") == ["path"])
        #expect(try causes("make: 4 jobs used\n", "make: 16 jobs used\n") == ["parallelism"])
        #expect(
            try causes(
                "id 7b0f3d1e-0c4e-4f0b-9d64-3c1c4f4c5a11\n",
                "id 0c9e8f3a-41e5-4b57-8f0e-aa55f3b0d3c2\n") == ["random"])
        #expect(try causes("alpha\nbeta\ngamma\n", "gamma\nbeta\nalpha\n") == ["ordering"])
        // A word is a word.
        #expect(try causes("the colour red\n", "the colour blue\n") == [])
    }

    /// Four bytes are a time stamp only where they cannot well be anything else.
    @Test func numbersAreTimesOnEvidenceOnly() throws {
        // The last byte is given, or now and then the bytes in the other order are a time, too.
        let now = UInt32(Date().timeIntervalSince1970) & ~0xff | 1
        func causes(_ numbers: [(Int, UInt32, UInt32)]) throws -> [String] {
            var sides = [[UInt8](repeating: 0, count: 400), [UInt8](repeating: 0, count: 400)]
            for (place, one, other) in numbers {
                for (side, number) in [one, other].enumerated() {
                    for byte in 0..<4 {
                        sides[side][place + byte] = UInt8(truncatingIfNeeded: number >> (8 * byte))
                    }
                }
            }
            let files = ["one.bin", "other.bin"].map { directory.file($0) }
            for (file, bytes) in zip(files, sides) {
                try Data(bytes).write(to: URL(filePath: file))
            }
            let answer = try JSONValue(
                parsing: Array(diff(files[0], files[1], "--json").output.utf8))
            return answer["causes"]?.array?.compactMap(\.string) ?? []
        }
        let (one, other) = (now - 50_000, now - 123)
        #expect(try causes([(200, one, other)]) == ["timestamp"])
        #expect(try causes([(200, one.byteSwapped, other.byteSwapped)]) == ["timestamp"])
        #expect(try causes([(8, one, other), (96, one, other + 1)]) == ["timestamp"])
        // Not aligned, too old, to come, years apart.
        #expect(try causes([(201, one, other)]) == [])
        #expect(try causes([(200, one - 400_000_000, other - 400_000_000)]) == [])
        #expect(try causes([(200, now + 1_000_000, now + 1_000_100)]) == [])
        #expect(try causes([(200, now - 100_000_000, now)]) == [])
        // As displacements in code that moved: one looks like seconds, its neighbours do not.
        #expect(try causes([(200, one, one + 64), (212, 0x4000, 0x4040)]) == [])
    }

    @Test func membersAndTimesOfArchivesAreFound() throws {
        try directory.write("one text\n", to: "tree/file")
        try directory.write("other\n", to: "tree/beside")
        for (name, time) in [("first", "@1000000000"), ("second", "@1100000000")] {
            try tool(
                "tar", "--mtime", time, "-C", directory.path, "-cf", directory.file("\(name).tar"),
                "tree")
            try tool("gzip", "-k", "-n", directory.file("\(name).tar"))
            try directory.write("two texts\n", to: "tree/file")
        }
        for suffix in ["tar", "tar.gz"] {
            let result = try diff(
                directory.file("first.\(suffix)"), directory.file("second.\(suffix)"))
            #expect(result.status == 1)
            for line in [
                "members with other contents: tree/file", "(1000000000 and 1100000000)",
                "member tree/file, byte 0:", "likely a time stamp",
            ] { #expect(result.output.contains(line), "\(line) in \(result.output)") }
        }
        // One inside another, as packages have it.
        for name in ["first", "second"] {
            try tool(
                "tar", "--mtime", "@1", "--transform", "s/\(name)/data/", "-C", directory.path,
                "-cf",
                directory.file("\(name)-outer.tar"), "\(name).tar.gz")
        }
        let nested = try diff(directory.file("first-outer.tar"), directory.file("second-outer.tar"))
        for line in [
            "member data.tar.gz: members with other contents: tree/file",
            "member data.tar.gz, member tree/file, byte 0:", "likely a time stamp",
        ] { #expect(nested.output.contains(line), "\(line) in \(nested.output)") }
        try tool(
            "tar", "-C", directory.path, "-cf", directory.file("a.tar"), "tree/file", "tree/beside")
        try tool(
            "tar", "-C", directory.path, "-cf", directory.file("b.tar"), "tree/beside", "tree/file")
        let result = try diff(directory.file("a.tar"), directory.file("b.tar"))
        #expect(result.output.contains("the members stand in another order"))
        #expect(result.output.contains("likely the same things in another order"))
    }

    @Test func sectionsOfProgramsAreNamed() throws {
        // This very program, its read-only data changed in one byte where objdump finds it.
        let original = try Data(contentsOf: URL(filePath: "/bin/true"))
        let section = try #require(Self.section(".rodata", in: original))
        var changed = original
        changed[section.lowerBound + 8] ^= 0xff
        let other = directory.file("true")
        try changed.write(to: URL(filePath: other))
        // Whether /bin/true may be executed is the same thing.
        try tool("chmod", "755", other)
        let result = try diff("/bin/true", other)
        #expect(result.status == 1)
        #expect(result.output.contains("ELF sections that differ: .rodata\n"), "\(result.output)")
        #expect(result.output.contains("section .rodata, byte \(section.lowerBound + 8):"))
        // Tables that lie are not believed, and nothing crashes.
        for (offset, byte): (Int, UInt8) in [
            (40, 0xff), (58, 1), (60, 0xff), (61, 0xff), (62, 0xee),
        ] {
            var hostile = changed
            hostile[offset] = byte
            hostile[offset + 1] = 0xff
            try hostile.write(to: URL(filePath: other))
            #expect(try diff("/bin/true", other).status == 1)
        }
        // A table, and names, that lie beyond every file, or where sums of places overflow.
        let names = try #require(Self.entryOfNames(in: changed)) + 24
        for place in [40, names] {
            for value in [1 << 63, UInt64.max - 63, UInt64.max] {
                var hostile = changed
                let bytes = (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
                hostile.replaceSubrange(place..<(place + 8), with: bytes)
                try hostile.write(to: URL(filePath: other))
                let result = try diff("/bin/true", other)
                #expect(result.status == 1, "\(place), \(value): \(result.error)")
            }
        }
        // A section that lies there in both: it is passed over, and the others are compared.
        let first = Self.number(40, 8, in: changed) + 64
        var paths: [String] = []
        for (name, data) in [("one", original), ("two", changed)] {
            var hostile = data
            let place = (first + 24)..<(first + 32)
            hostile.replaceSubrange(place, with: [UInt8](repeating: 0xff, count: 8))
            paths.append(directory.file(name))
            try hostile.write(to: URL(filePath: directory.file(name)))
        }
        let passed = try diff(paths[0], paths[1])
        #expect(passed.status == 1, "\(passed.error)")
        #expect(passed.output.contains("ELF sections that differ: .rodata\n"), "\(passed.output)")
    }

    /// Where a section is, as `objdump` of binutils would say: read here from the table of a file that
    /// is known to be good (little endian, 64 bits).
    private static func section(_ name: String, in file: Data) -> Range<Int>? {
        guard let entryOfNames = entryOfNames(in: file) else { return nil }
        let names = number(entryOfNames + 24, 8, in: file)
        for index in 0..<number(60, 2, in: file) {
            let entry = number(40, 8, in: file) + 64 * index
            let text = file[(names + number(entry, 4, in: file))...].prefix { $0 != 0 }
            if text.elementsEqual(name.utf8) {
                let start = number(entry + 24, 8, in: file)
                return start..<(start + number(entry + 32, 8, in: file))
            }
        }
        return nil
    }

    /// Where the entry of the section that holds the names begins.
    private static func entryOfNames(in file: Data) -> Int? {
        guard file.count > 64, file[4] == 2, file[5] == 1 else { return nil }
        return number(40, 8, in: file) + 64 * number(62, 2, in: file)
    }

    private static func number(_ offset: Int, _ count: Int, in file: Data) -> Int {
        file[offset..<(offset + count)].reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    @Test func archivesOfTreesAndStorePathsAreTrees() throws {
        let store = try StoreFixture(withTools: false)
        try directory.write("text\n", to: "tree/file")
        let added = try store.succeed("add", directory.file("tree")).lines[0]
        let dump = try store.succeed("dump", directory.file("tree"))
        let nar = try directory.write(dump.output, to: "tree.nar")
        for other in [nar, directory.file("tree")] {
            #expect(try store.run("audit", "diff", added, other).status == 0)
        }
        try directory.write("other\n", to: "tree/file")
        let result = try store.run("audit", "diff", added, directory.file("tree"))
        #expect(result.status == 1)
        #expect(result.output.contains("file: differs from byte 0 on"))
        try tool("sh", "-c", "head -c 40 '\(nar)' > '\(directory.file("cut.nar"))'")
        let cut = try diff(directory.file("cut.nar"), nar)
        #expect(cut.status == 2)
        #expect(cut.error.contains("malformed NAR"))
        #expect(try diff(directory.file("missing"), nar).status == 2)
    }

    @Test func anotherProgramShowsIt() throws {
        let one = try directory.write("one\n", to: "a/f")
        let other = try directory.write("two\n", to: "b/f")
        let text = try directory.write("#!/bin/sh\necho saw \"$@\"\n", to: "show.sh", mode: 0o755)
        // Made by another process: what is open for writing here, children of other tests have open, too,
        // and then it cannot be started.
        let program = directory.file("show")
        try tool("cp", text, program)
        let result = try diff("--diff", program, one, other)
        #expect(result.status == 1)
        #expect(result.output == "saw \(one) \(other)\n")
        #expect(try diff("--diff", program, one, one).output.isEmpty)
        let brief = try diff("--diff", "none", one, other)
        #expect(brief.lines[0] == "the item itself: differs from byte 0 on (4 bytes)")
        #expect(!brief.output.contains("+ 0000"))
        let missing = try diff("--diff", "no-such-program", one, other)
        #expect(missing.output.contains("cannot start"))
    }

    @Test func aProgramThatPrintsWithoutEndIsCutAndInterrupted() throws {
        let one = try directory.write("one\n", to: "a/f")
        let other = try directory.write("two\n", to: "b/f")
        let file = directory.file("process")
        let text = try directory.write(
            "#!/bin/sh\nsleep 2345 &\necho $! > '\(file)'\nyes\n", to: "show.sh", mode: 0o755)
        let program = directory.file("show")
        try tool("cp", text, program)
        let running = try start(["--diff", program, one, other])
        try waitUntil("it prints") { running.output.utf8.count >= 1 << 20 }
        running.send(SIGINT)
        let result = try running.wait()
        #expect(result.status == 130, "\(result.error)")
        #expect(result.output.utf8.count == 1 << 20)
        let child = try #require(pid_t(String(contentsOfFile: file, encoding: .utf8).dropLast()))
        // Where nobody waits for orphans, it stays as a zombie.
        let state = try? String(contentsOfFile: "/proc/\(child)/stat", encoding: .utf8)
        #expect(state == nil || state?.contains(") Z ") == true)
    }
}
