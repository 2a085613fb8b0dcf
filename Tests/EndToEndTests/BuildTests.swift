import Foundation
import Primitives
import StoreModel
import TestSupport
import Testing

/// Builds that succeed, seen as a user.
@Suite(.timeLimit(.minutes(40))) struct BuildTests {
    @Test func aBuildIsRegisteredWithWhatItRefersTo() throws {
        var store = try StoreFixture()
        let one = try store.derive("one", "echo one > $out")
        let two = try store.derive(
            "two", "mkdir $out; ln -s $one $out/link; echo $one $out > $out/text", inputs: [one],
            variables: ["one": one.output()])
        #expect(try store.realise(two) == two.output())
        #expect(try store.contents(two.output() + "/text") == "\(one.output()) \(two.output())\n")
        #expect(
            try store.run("query", "references", two.output()).lines
                == [one.output(), two.output()].sorted())
        #expect(try store.run("query", "deriver", two.output()).lines == [two.drv])
        #expect(try store.run("query", "references", one.output()).lines == [])
        #expect(try store.run("query", "referrers", one.output()).lines == [two.output()])
        #expect(try store.run("query", "outputs", two.drv).lines == [two.output()])
        #expect(store.scratch() == [])
        #expect(try store.strays() == [])
    }

    /// A text that claims another derivation's output, brought in as a file.
    @Test func whatWasNotAddedAsADerivationStealsNoOutput() throws {
        var store = try StoreFixture()
        let good = try store.derive("good", "echo good > $out")
        let bad = try store.derive("bad", "echo evil > $out")
        let forged = String(decoding: bad.text, as: UTF8.self)
            .replacing(bad.output(), with: good.output())
        let file = store.directory.file("forged.drv")
        try Data(forged.utf8).write(to: URL(filePath: file))
        for options in [[], ["--fixed", "sha256", "--flat"]] {
            let added = try store.start(["add", file] + options).wait()
            #expect(added.status == 1)
            #expect(added.error.contains("derivation add"), "\(added.error)")
        }
        // A builder may make such a file, too.
        let maker = try store.derive(
            "forged.drv", "echo -n \"$text\" > $out", variables: ["text": forged])
        let message = try store.failure(100, maker.drv)
        #expect(message.contains("rejected"), "\(message)")
        for path in [maker.output(), good.output()] { #expect(try !store.isValid(path)) }
        #expect(try store.contents(try store.realise(good)) == "good\n")
    }

    /// Damage in a derivation is not built into what its name stands for.
    @Test func anAlteredDerivationIsNotBuilt() throws {
        var store = try StoreFixture()
        let item = try store.derive("one", "echo good > $out")
        let user = try store.derive("two", "cat \(item.output()) > $out", inputs: [item])
        let file = store.real(item.drv)
        let altered = String(decoding: item.text, as: UTF8.self)
            .replacing("echo good", with: "echo evil")
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file)
        try Data(altered.utf8).write(to: URL(filePath: file))
        for drv in [item.drv, user.drv] {
            let result = try store.run("realise", drv)
            #expect(result.status != 0)
            #expect(result.error.contains("'one' claims output 'out' is"), "\(result.error)")
        }
        #expect(try !store.isValid(item.output()))
    }

    @Test func anInputThatIsNotReferredToIsNoReference() throws {
        var store = try StoreFixture()
        let one = try store.derive("one", "echo one > $out")
        let two = try store.derive("two", "cat \(one.output()) > $out", inputs: [one])
        try store.realise(two)
        #expect(try store.run("query", "references", two.output()).lines == [])
    }

    @Test func rootsAreMadeForEveryOutput() throws {
        var store = try StoreFixture()
        let item = try store.derive(
            "pair", "echo out > $out; echo lib > $lib", outputs: ["out", "lib"])
        let link = store.directory.file("result")
        try store.realise(item, "--add-root", link)
        let files = FileManager.default
        #expect(
            try files.destinationOfSymbolicLink(atPath: link) == store.real(item.output("lib")))
        #expect(
            try files.destinationOfSymbolicLink(atPath: link + "-2") == store.real(item.output()))
        let roots = try store.run("query", "roots").output
        #expect(roots.contains(link) && roots.contains(link + "-2"))
        // The link is a name of the store path for every command.
        #expect(try store.run("query", "hash", link + "-2").status == 0)
    }

    @Test func aSingleOutputCanBeAskedFor() throws {
        var store = try StoreFixture()
        let item = try store.derive(
            "pair", "echo out > $out; echo lib > $lib", outputs: ["out", "lib"])
        let result = try store.succeed("realise", item.drv + "!lib")
        #expect(result.lines == [item.output("lib")])
        let unknown = try store.failure(1, item.drv + "!doc")
        #expect(unknown.contains("no output 'doc'"))
    }

    @Test func answersInJSON() throws {
        var store = try StoreFixture()
        let item = try store.derive("one", "echo one > $out")
        let result = try store.succeed("realise", "--json", item.drv)
        let json = try JSONValue(parsing: Array(result.output.utf8))
        let goal = json["realised"]?.array?.first
        #expect(goal?["derivation"]?.string == item.drv)
        #expect(goal?["outputs"]?["out"]?.string == item.output())
    }

    @Test func aDryRunDoesNothing() throws {
        var store = try StoreFixture()
        let source = try store.fetch(
            "source", ["http://127.0.0.1:1/source"], .hash("text"), size: 1500)
        let one = try store.derive("one", "echo one > $out", inputs: [source])
        let two = try store.derive("two", "echo two > $out", inputs: [one])
        let text = try store.succeed("realise", "--dry-run", two.drv).output
        #expect(text.contains("2 to build") && text.contains("1 to fetch, 1.5 kB"))
        let result = try store.succeed("realise", "--dry-run", "--json", two.drv)
        let json = try JSONValue(parsing: Array(result.output.utf8))
        #expect(json["build"]?.array?.compactMap(\.string) == [one.drv, two.drv])
        #expect(json["fetch"]?.array?.compactMap(\.string) == [source.drv])
        #expect(try !store.isValid(one.output()))
        #expect(store.scratch() == [])
    }

    @Test func whatIsThereIsNotBuiltAgain() throws {
        var store = try StoreFixture()
        let item = try store.derive("random", "cat /proc/sys/kernel/random/uuid > $out")
        try store.realise(item)
        let first = try store.contents(item.output())
        let again = try store.succeed("realise", item.drv)
        #expect(again.lines == [item.output()])
        #expect(again.error.isEmpty)
        #expect(try store.contents(item.output()) == first)
        #expect(try store.succeed("realise", "-n", item.drv).output.contains("nothing to do"))
        // Goals may be paths; one that nothing makes is an error.
        #expect(try store.succeed("realise", item.output()).lines == [item.output()])
        let other = try store.derive("other", "echo other > $out")
        #expect(try store.failure(1, other.output()).contains("name its .drv"))
    }

    @Test func variablesCanBeFiles() throws {
        var store = try StoreFixture()
        let long = String(repeating: "long text\n", count: 20_000)
        let item = try store.derive(
            "files", "test -z \"$text\"; cat $textPath $otherPath > $out",
            variables: ["passAsFile": "text other", "text": long, "other": "$out: other"])
        try store.realise(item)
        #expect(try store.contents(item.output()) == long + "$out: other")
    }

    @Test func closuresCanBeExported() throws {
        var store = try StoreFixture()
        let one = try store.derive("one", "echo one > $out")
        let two = try store.derive("two", "echo \(one.output()) > $out", inputs: [one])
        let three = try store.derive(
            "three", "cp closure $out", inputs: [two],
            variables: ["exportReferencesGraph": "closure \(two.output())"])
        try store.realise(three)
        let expected = [one, two].sorted { $0.output() < $1.output() }
            .map { item in
                let references = item.path == two.path ? "1\n\(one.output())\n" : "0\n"
                return "\(item.output())\n\n\(references)"
            }.joined()
        #expect(try store.contents(three.output()) == expected)
        #expect(
            Set(try store.run("query", "references", three.output()).lines)
                == [one.output(), two.output()])
    }

    /// Placeholders stand for output paths in arguments and variables
    /// (`docs/formats/build-environment.md`).
    @Test func placeholdersBecomeOutputPaths() throws {
        var store = try StoreFixture()
        let out = "/" + Digest.hash("nix-output:out").nix32
        let lib = "/" + Digest.hash("nix-output:lib").nix32
        let item = try store.derive(
            "placeholders", "echo lib > $lib; echo \(out) $flag > \(out)", outputs: ["out", "lib"],
            variables: ["flag": "-L\(lib)/lib"])
        try store.realise(item)
        #expect(
            try store.contents(item.output())
                == "\(item.output()) -L\(item.output("lib"))/lib\n")
    }

    @Test func outputsMayReferToEachOther() throws {
        var store = try StoreFixture()
        let item = try store.derive(
            "pair", "echo $lib > $out; echo lib > $lib", outputs: ["out", "lib"])
        try store.realise(item)
        #expect(
            try store.run("query", "references", item.output()).lines == [item.output("lib")])
    }

    @Test func anOutputMayBeALink() throws {
        var store = try StoreFixture()
        let one = try store.derive("one", "echo one > $out")
        let link = try store.derive(
            "link", "ln -s $one $out", inputs: [one], variables: ["one": one.output()])
        let user = try store.derive("user", "cat \(link.output()) > $out", inputs: [link])
        try store.realise(user)
        #expect(try store.contents(user.output()) == "one\n")
        #expect(try store.run("query", "references", link.output()).lines == [one.output()])
    }

    @Test func aFixedOutputOfABuilderIsChecked() throws {
        var store = try StoreFixture()
        let item = try store.derive("right", "echo text > $out; test $NIX_OUTPUT_CHECKED = 1") {
            $0.outputs["out"] = try StoreFixture.fixed("right", .hash("text\n"))
        }
        try store.realise(item)
        #expect(try store.run("query", "info", item.output()).output.contains("fixed:sha256:"))
    }

    /// Two stores, other limits: the same bytes.
    @Test func twoStoresAgree() throws {
        var first = try StoreFixture()
        var second = try StoreFixture()
        let script = """
            mkdir -p $out/bin; echo $first > $out/text; ln -s text $out/link
            for i in $(seq 50); do echo $i > $out/$i; done; chmod +x $out/7
            date > $out/date; env | grep -v CORES | sort > $out/env; ls -A /build > $out/build
            """
        func build(_ store: inout StoreFixture, _ options: String...) throws -> [String] {
            let one = try store.derive("one", "date > $out; umask >> $out; id >> $out") {
                // The clock is the machine's: recipes that print it are not reproducible.
                $0.arguments[2] = "umask > $out; id >> $out; hostname >> $out; pwd >> $out"
            }
            let two = try store.derive(
                "two", script.replacing("date >", with: ": >"), inputs: [one])
            let result = try store.start(["realise", two.drv] + options).wait()
            #expect(result.status == 0, "\(result.error)")
            return try store.run("query", "hash", one.output(), two.output()).lines
        }
        let one = try build(&first, "--cores", "1", "--jobs", "1")
        let two = try build(&second, "--cores", "8", "--jobs", "4")
        #expect(one.count == 2)
        #expect(one == two)
    }
}
