import Foundation
import Glibc
import TestSupport
import Testing

/// Outputs that must not become store items, and those that are put right.
@Suite(.timeLimit(.minutes(40))) struct OutputTests {
    @Test func aNamedPipeIsRefused() throws {
        var store = try StoreFixture()
        let item = try store.derive("special", "mkdir $out; mkfifo $out/bad")
        let message = try store.failure(100, item.drv)
        // By the name the builder knows, not by that of a directory which is gone.
        #expect(message.contains("'\(item.output())/bad' is a named pipe"))
        #expect(try !store.isValid(item.output()))
        #expect(store.scratch() == [])
    }

    @Test func devicesCannotBeMade() throws {
        var store = try StoreFixture()
        let item = try store.derive(
            "device", "mkdir $out; if mknod $out/bad c 1 3; then exit 9; fi; echo fine > $out/fine")
        try store.realise(item)
    }

    @Test func modesAndTimesAreCanonical() throws {
        var store = try StoreFixture()
        let item = try store.derive(
            "modes",
            """
            mkdir -p $out/shut/inner; echo x > $out/plain; chmod 666 $out/plain
            echo x > $out/program; chmod 751 $out/program
            echo x > $out/setuid; chmod 755 $out/setuid; chmod u+s $out/setuid || true
            echo x > $out/group; chmod 755 $out/group; chmod g+s $out/group || true
            mkdir $out/sticky; chmod 1777 $out/sticky; echo x > $out/none; chmod 000 $out/none
            touch -d '2001-02-03' $out/plain; chmod 000 $out/shut
            """)
        try store.realise(item)
        func mode(_ name: String) -> String {
            var status = stat()
            guard unsafe lstat(store.real(item.output()) + name, &status) == 0 else {
                return "none"
            }
            #expect(status.st_mtim.tv_sec == 1)
            return String(status.st_mode & 0o7777, radix: 8)
        }
        #expect(mode("") == "555")
        #expect(mode("/plain") == "444")
        #expect(mode("/program") == "555")
        #expect(mode("/setuid") == "555")
        #expect(mode("/group") == "555")
        #expect(mode("/sticky") == "555")
        #expect(mode("/none") == "444")
        #expect(mode("/shut") == "555")
        #expect(mode("/shut/inner") == "555")
    }

    @Test func hardLinksInsideAnOutputAreFine() throws {
        var store = try StoreFixture()
        let item = try store.derive("links", "mkdir $out; echo x > $out/a; ln $out/a $out/b")
        try store.realise(item)
        #expect(try store.contents(item.output() + "/b") == "x\n")
    }

    /// What is left in the store directory by a crash, under an output's very name.
    @Test func leftoversUnderTheOutputsNameAreReplaced() throws {
        var store = try StoreFixture()
        let item = try store.derive("taken", "echo mine > $out")
        let place = store.real(item.output())
        let victim = try store.directory.write("victim", to: "victim")
        let files = FileManager.default
        try files.createSymbolicLink(atPath: place, withDestinationPath: victim)
        try store.realise(item)
        #expect(try String(contentsOfFile: victim, encoding: .utf8) == "victim")
        #expect(
            try files.attributesOfItem(atPath: place)[.type] as? FileAttributeType == .typeRegular)
        let second = try store.derive("second", "mkdir $out; echo mine > $out/file")
        try files.createDirectory(
            atPath: store.real(second.output()) + "/old", withIntermediateDirectories: true)
        try store.realise(second)
        #expect(try files.contentsOfDirectory(atPath: store.real(second.output())) == ["file"])
    }

    @Test func anOutputThatPointsOutsideIsALinkAndNotFollowed() throws {
        var store = try StoreFixture()
        let item = try store.derive(
            "escape", "mkdir $out; ln -s /etc/shadow $out/link; ln -s .. $out/up")
        try store.realise(item)
        let dump = try store.run("query", "size", item.output())
        #expect(dump.status == 0)
        let place = store.real(item.output()) + "/link"
        #expect(
            try FileManager.default.destinationOfSymbolicLink(atPath: place) == "/etc/shadow")
    }

    @Test func deepAndOddNamesAreKept() throws {
        var store = try StoreFixture()
        let item = try store.derive(
            "odd",
            """
            mkdir $out; cd $out
            printf x > "$(printf 'new\\nline')"; printf x > "$(printf 'high\\377')"; printf x > '-rf'
            for i in $(seq 50); do mkdir d; cd d; done; echo deep > file
            """)
        try store.realise(item)
        #expect(try store.run("query", "info", item.output()).status == 0)
    }

    /// Two trees of 3600 bytes each, one moved below the other.
    @Test func pathsLongerThanTheKernelTakesAreKept() throws {
        var store = try StoreFixture()
        let item = try store.derive(
            "long",
            """
            n=$(printf '%0200d' 0); mkdir $out
            for top in a b; do
                cd $out; mkdir $top; cd $top; for i in $(seq 17); do mkdir $n; cd $n; done
                echo x > file
            done
            mv $out/b $(cd $out/a; for i in $(seq 17); do cd $n; done; pwd)/b
            """)
        try store.realise(item)
        #expect(store.scratch() == [])
        let again = try store.derive(
            "again", "rm -rf /build/x; ls $in > $out", inputs: [item],
            variables: ["in": item.output()])
        try store.realise(again)
        #expect(try store.contents(again.output()) == "a\n")
    }
}
