import Foundation
import Primitives
import StoreModel
import TestSupport
import Testing

/// Builds that fail: status, message, and nothing valid.
@Suite(.timeLimit(.minutes(40))) struct FailureTests {
    /// Digits that no other process has on its command line.
    private let mark = "\(UInt64.random(in: 1_000_000_000...9_999_999_999))"

    @Test func aBuilderThatFails() throws {
        var store = try StoreFixture()
        let item = try store.derive(
            "broken",
            "echo begin; for i in $(seq 30); do echo line $i; done; echo half > $out; exit 3")
        let message = try store.failure(100, item.drv)
        #expect(message.contains("exit status 3"))
        #expect(message.contains("> line 30") && !message.contains("> line 2\n"))
        #expect(message.contains("log \(item.baseName)"))
        #expect(try !store.isValid(item.output()))
        #expect(store.scratch() == [])
        #expect(!FileManager.default.fileExists(atPath: store.real(item.output())))
    }

    @Test func outputsThatReferToEachOther() throws {
        var store = try StoreFixture()
        let item = try store.derive(
            "pair", "echo $b > $a; echo $a > $b; echo only itself: $c > $c",
            outputs: ["a", "b", "c"])
        let message = try store.failure(100, item.drv)
        #expect(message.contains("refer to each other in a circle"), "\(message)")
        #expect(try store.strays() == [])
        #expect(try !store.isValid(item.output("c")))
        #expect(try store.succeed("verify").output.isEmpty)
    }

    /// A file is named for each reference of the circle, and `--keep-failed` keeps what was made.
    @Test func aCircleOfOutputsIsShown() throws {
        var store = try StoreFixture()
        let item = try store.derive(
            "circle",
            """
            mkdir $a $b $c; printf 'xxx%s' $b > $a/to-b; mkdir $b/deep; ln -s $c/x $b/deep/to-c
            echo > $c/${a##*/}
            """, outputs: ["a", "b", "c"])
        let message = try store.failure(100, item.drv, "--keep-failed")
        let names = item.derivation.outputs.compactMapValues { $0.path?.baseName }
        let (a, b, c) = (names["a"] ?? "", names["b"] ?? "", names["c"] ?? "")
        // 3 bytes and "/nodeos/store/" stand before the hash.
        for line in [
            "'\(a)' refers to '\(b)': to-b, offset 17",
            "'\(b)' refers to '\(c)': deep/to-c, a symbolic link to '/nodeos/store/\(c)/x'",
            "'\(c)' refers to '\(a)': \(a), in its name",
        ] {
            #expect(message.contains(line), "\(line) is not in \(message)")
        }
        let place = try #require(message.firstMatch(of: /kept at '([^']+)\/build'/)).1
        #expect(FileManager.default.fileExists(atPath: "\(place)/store/\(a)/to-b"))
        #expect(try store.strays() == [])
    }

    @Test func aBuilderThatIsKilled() throws {
        var store = try StoreFixture()
        let item = try store.derive("killed", "kill -SEGV $$")
        #expect(try store.failure(100, item.drv).contains("signal 11"))
    }

    @Test func theFailedBuildDirectoryIsKeptWhenAsked() throws {
        var store = try StoreFixture()
        let item = try store.derive("kept", "echo evidence > clue; mkdir deep; exit 1")
        let message = try store.failure(100, item.drv, "--keep-failed")
        let place = try #require(message.firstMatch(of: /kept at '([^']+)'/)).1
        #expect(
            try String(contentsOfFile: place + "/clue", encoding: .utf8) == "evidence\n")
        // The next run does not clean it away.
        #expect(try store.failure(100, item.drv) != "")
        #expect(FileManager.default.fileExists(atPath: place + "/clue"))
    }

    @Test func aBuilderThatTakesTooLong() throws {
        var store = try StoreFixture()
        let item = try store.derive("slow", "echo start; while true; do echo; sleep 0.1; done")
        let message = try store.failure(101, item.drv, "--timeout", "1")
        #expect(message.contains("longer than 1 second;"))
    }

    @Test func aBuilderThatIsSilent() throws {
        var store = try StoreFixture()
        let item = try store.derive("silent", "echo start; sleep 100\(mark)")
        let message = try store.failure(101, item.drv, "--max-silent-time", "1")
        #expect(message.contains("printed nothing for 1 second;"))
        #expect(!store.hasProcess(mark))
    }

    @Test func aBuilderThatFloodsTheLog() throws {
        var store = try StoreFixture()
        let item = try store.derive("flood", "yes flood")
        let message = try store.failure(100, item.drv, "--max-log-size", "200000")
        #expect(message.contains("printed more than 200000 bytes"))
    }

    @Test func anOutputThatIsMissing() throws {
        var store = try StoreFixture()
        let item = try store.derive("missing", "echo > $out", outputs: ["out", "lib"])
        let message = try store.failure(100, item.drv)
        #expect(message.contains("did not make its output 'lib' at '\(item.output("lib"))'"))
        #expect(try !store.isValid(item.output()))
    }

    @Test func aFixedOutputWithAnotherHash() throws {
        var store = try StoreFixture()
        let right = Digest.hash("right\n")
        let item = try store.derive("wrong", "echo wrong > $out") {
            $0.outputs["out"] = try StoreFixture.fixed("wrong", right)
        }
        let message = try store.failure(102, item.drv)
        #expect(message.contains("specified: \(right.sri)"))
        #expect(message.contains("got: \(Digest.hash("wrong\n").sri)"))
        #expect(try !store.isValid(item.output()))
    }

    @Test func aFixedOutputThatIsNoFile() throws {
        var store = try StoreFixture()
        let item = try store.derive("directory", "mkdir $out") {
            $0.outputs["out"] = try StoreFixture.fixed("directory", .hash(""))
        }
        let message = try store.failure(100, item.drv)
        #expect(message.contains("directory"))
    }

    @Test func aForbiddenReferenceIsNamedWithItsPlace() throws {
        var store = try StoreFixture()
        let one = try store.derive("one", "echo one > $out")
        let two = try store.derive(
            "two", "mkdir -p $out/deep; printf 'xxxxx%s' \(one.output()) > $out/deep/file",
            inputs: [one], variables: ["disallowedReferences": one.output()])
        let message = try store.failure(100, two.drv)
        #expect(message.contains("disallowedReferences"))
        #expect(message.contains("deep/file"))
        // 5 bytes and "/nodeos/store/" stand before the hash.
        #expect(message.contains("19"))
        let three = try store.derive(
            "three", "echo \(two.output()) > $out", inputs: [two],
            variables: ["allowedReferences": ""])
        #expect(try store.failure(100, three.drv, "-k").contains(two.baseName))
        let own = try store.derive(
            "self", "echo $out > $out", variables: ["allowedReferences": ""])
        #expect(try store.failure(100, own.drv).contains("allowedReferences"))
    }

    @Test func forbiddenRequisitesReachFurther() throws {
        var store = try StoreFixture()
        let one = try store.derive("one", "echo one > $out")
        let two = try store.derive("two", "echo \(one.output()) > $out", inputs: [one])
        let three = try store.derive(
            "three", "echo \(two.output()) > $out", inputs: [two],
            variables: ["disallowedRequisites": one.output()])
        #expect(try store.failure(100, three.drv).contains("disallowedRequisites"))
    }

    /// Recipes forbid the seeds without having them among the inputs; a text that was copied in by
    /// some other way still names them.
    @Test func whatIsForbiddenIsFoundWithoutBeingAnInput() throws {
        var store = try StoreFixture()
        let one = try store.derive("one", "echo one > $out")
        let two = try store.derive(
            "two", "echo 'see \(one.output())' > $out",
            variables: ["disallowedRequisites": one.output()])
        let message = try store.failure(100, two.drv)
        #expect(message.contains("disallowedRequisites"))
        #expect(message.contains("-one'"))
    }

    @Test func aBuilderThatIsNotInTheStore() throws {
        var store = try StoreFixture()
        for builder: ByteString in ["/bin/sh", "/proc/self/exe", "/builtin/nodeos-store", "sh"] {
            let item = try store.derive("outside", "echo > $out") { $0.builder = builder }
            let message = try store.failure(1, item.drv)
            #expect(message.contains("'\(builder)' is not in one of its inputs"))
        }
        let unknown = try store.derive("unknown", "") { $0.builder = "builtin:nothing" }
        #expect(try store.failure(1, unknown.drv).contains("'builtin:nothing' is unknown"))
        let program = ByteString(store.tools + "/bin/absent")
        let absent = try store.derive("absent", "") {
            $0.builder = program
        }
        #expect(try store.failure(100, absent.drv).contains("/bin/absent"))
    }

    @Test func aSystemThatIsAnother() throws {
        var store = try StoreFixture()
        let item = try store.derive("other", "echo > $out") { $0.system = "riscv64-linux" }
        #expect(try store.failure(1, item.drv).contains("'riscv64-linux'"))
        let feature = try store.derive(
            "feature", "echo > $out", variables: ["requiredSystemFeatures": "teleport"])
        #expect(try store.failure(1, feature.drv).contains("'teleport'"))
    }

    @Test func aSourceThatIsMissing() throws {
        var store = try StoreFixture()
        let source = "/nodeos/store/2l8m7iwfclnwbvm15kwlm5622fmxzdx4-hello.txt"
        let item = try? store.derive("user", "cat \(source) > $out") {
            $0.inputSources.insert(try StoreDirectory.nodeos.parse(source))
        }
        // Refused when added or when realised, and in any case named.
        if let item { #expect(try store.failure(1, item.drv).contains(source)) }
    }

    @Test func aForgedDerivationIsRefused() throws {
        var store = try StoreFixture()
        let honest = try store.derive("honest", "echo honest > $out")
        var forged = honest.derivation
        forged.arguments[2] = "echo forged > $out"
        let file = store.directory.file("forged.drv")
        let text = try forged.file(in: .nodeos)
        try Data(text.text).write(to: URL(filePath: file))
        let renamed = store.directory.file(text.path.baseName)
        try FileManager.default.moveItem(atPath: file, toPath: renamed)
        let result = try store.run("derivation", "add", renamed)
        #expect(result.status == 1)
        #expect(result.error.contains(honest.output()))
        #expect(try store.failure(1, "/nodeos/store/" + text.path.baseName) != "")
    }

    @Test func severalFailuresAreOred() throws {
        var store = try StoreFixture()
        let fails = try store.derive("fails", "exit 1")
        let slow = try store.derive("slow", "sleep 100")
        let wrong = try store.derive("wrong", "echo wrong > $out") {
            $0.outputs["out"] = try StoreFixture.fixed("wrong", .hash("right"))
        }
        let fine = try store.derive("fine", "echo fine > $out")
        let needs = try store.derive("needs", "echo > $out", inputs: [fails])
        let message = try store.failure(
            100 | 101 | 102, fails.drv, slow.drv, wrong.drv, fine.drv, needs.drv, "--keep-going",
            "--timeout", "8", "--jobs", "3")
        #expect(try store.isValid(fine.output()))
        for item in [fails, slow, wrong, needs] { #expect(message.contains(item.baseName)) }
    }

    @Test func withoutKeepGoingTheFirstFailureStopsAll() throws {
        var store = try StoreFixture()
        let slow = try store.derive("slow", "sleep 100\(mark)")
        let fails = try store.derive("fails", "sleep 0.3; exit 1")
        let message = try store.failure(100, slow.drv, fails.drv, "--jobs", "2")
        #expect(message.contains("builder for '\(fails.path)'"))
        #expect(!message.contains("builder for '\(slow.path)'"))
        #expect(!store.hasProcess(mark))
        #expect(store.scratch() == [])
    }

    @Test func theNextRunStartsAfresh() throws {
        var store = try StoreFixture()
        let script = "test ! -e left; echo x > left; exit 1"
        let item = try store.derive("again", script)
        for _ in 0..<2 { #expect(try store.failure(100, item.drv).contains("exit status 1")) }
    }

    @Test func whatIsNotSupportedIsSaid() throws {
        var store = try StoreFixture()
        for (index, text) in ["", "{", "[]", "{\"a\":1,}"].enumerated() {
            let item = try store.derive("structured-\(index)", "", variables: ["__json": text])
            #expect(try store.failure(1, item.drv).contains("structured attributes (__json)"))
        }
        let one = try store.derive("one", "echo > $out")
        let foreign = try store.derive(
            "foreign", "cp closure $out",
            variables: ["exportReferencesGraph": "closure \(one.output())"])
        try store.realise(one)
        #expect(try store.failure(1, foreign.drv).contains("is not among its inputs"))
        let climbing = try store.derive(
            "climbing", "", inputs: [one],
            variables: ["exportReferencesGraph": "../x \(one.output())"])
        #expect(try store.failure(1, climbing.drv).contains("'../x'"))
    }

    @Test func aTreeThatIsTooDeepIsRefusedAndRemoved() throws {
        var store = try StoreFixture()
        let item = try store.derive(
            "deep", "mkdir $out; cd $out; for i in $(seq 100); do mkdir d; cd d; done; echo > file")
        #expect(try store.failure(100, item.drv).contains("63 directory levels"))
        #expect(store.scratch() == [])
    }
}
