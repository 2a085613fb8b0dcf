import Foundation
import Primitives
import TestSupport
import Testing

/// File names, arguments and variables are bytes: what is not UTF-8 is used as it is.
@Suite(.timeLimit(.minutes(40))) struct NamesTests {
    /// Runs a shell's commands, in which `$E` is a name that is not UTF-8 and `ns` the program.
    private func run(_ store: StoreFixture, _ script: String) throws -> ChildProcess.Result {
        let prelude = """
            set -e; E=$(printf 'caf\\351'); O=$(printf 'caf\\350'); cd "$DIR"; root=$ROOT
            ns() { "$NS" --root "$root" "$@"; }

            """
        return try ChildProcess(
            ["/bin/sh", "-c", prelude + script],
            environment: store.environment.merging([
                "NS": store.binary, "ROOT": store.root, "DIR": store.directory.path,
            ]) { $1 }
        ).wait()
    }

    @Test(arguments: [
        // One literal each: joined ones take the compiler minutes.
        "echo x > $E; p=$(ns add --name x $E); test \"$(ns cat $p)\" = x",
        "echo x > $E; ns dump $E | ns restore $O; cmp $E $O",
        "echo x > $E; cp $E $O; test $(ns hash $E) = $(ns hash $O); test $(ns hash --flat $E) = $(ns hash --flat $O)",
        "echo x > $E; echo y > $O; ns audit diff $E $E; ! ns audit diff $E $O",
        "mkdir d; echo x > d/$E; echo y > d/$O; p=$(ns add d); test $(ns cat $p/$E) = x; test $(ns ls $p/$O) = $O; test \"$(ns ls $p)\" = \"$(printf './%s\\n./%s' $O $E)\"",
        "mkdir d; ln -s $E d/l; echo x > d/$E; p=$(ns add d); test $(ns cat $p/l) = x; ns ls -l $p | grep -qa $E",
        "root=$DIR/$E; echo x > f; p=$(ns add f); test -e $E$p; test ! -e $O; test \"$(ns cat $p)\" = x; ns gc; test ! -e $E$p",
        "echo x > f; p=$(NODEOS_ROOT=$DIR/$E \"$NS\" add f); test -e $E$p",
        "mkdir $E; cd $E; echo x > f; p=$(ns add f); test \"$(\"$NS\" --root r add f)\" = $p; test -e ../$E/r$p",
        "echo x > f; p=$(ns add f); ns realise $p --add-root $E; test -L $E; ns query roots $p | grep -qa $E; ns gc; test -e \"$ROOT$p\"; test \"$(ns query hash ./$E)\" = \"$(ns query hash $p)\"; rm $E; ns gc; test ! -e \"$ROOT$p\"",
        "mkdir $E; echo x > d; ns dump d > n; TMPDIR=$DIR/$E ns audit diff n d",
        "! \"$NS\" --root r --store-dir /$E add /dev/null 2> e; test -z \"$(ls r 2> /dev/null)\"; grep -q 'caf.xe9' e",
        "mkdir $(printf '\\314\\201a'); cd $(printf '\\314\\201a'); echo x > $(printf '\\314\\201b'); ns add --name x $(printf '\\314\\201b')",
    ]) func bytesAreUsedAsTheyAre(script: String) throws {
        let store = try StoreFixture(withTools: false)
        let result = try run(store, script)
        #expect(result.status == 0, "\(script): \(result.error)")
    }

    @Test func buildsWorkWhereverTheStoreIs() throws {
        var store = try StoreFixture()
        let item = try store.derive("one", "echo built > $out")
        let result = try run(
            store,
            """
            ns export $(ns query requisites \(item.drv)) > closure
            root=$DIR/$E; ns import < closure; ns realise \(item.drv); ns verify --check-contents
            test "$(ns log \(item.drv) | wc -c)" = 0; grep built $E\(item.output())
            """)
        #expect(result.status == 0, "\(result.error)")
    }

    /// Swift takes these two for the same text.
    @Test func namesThatOnlyUnicodeTakesForEqual() throws {
        let store = try StoreFixture(withTools: false)
        let result = try run(
            store,
            """
            mkdir d; echo 1 > d/$(printf 'e\\314\\201'); echo 2 > d/$(printf '\\303\\251'); echo 3 > d/$E; echo 4 > d/$O
            p=$(ns add d); ns ls --json $p; test $(ns ls $p | sort -u | wc -l) = 4
            """)
        #expect(result.status == 0, "\(result.error)")
        // Four lines: the parser of this project would take two keys for one.
        #expect(result.lines.count { $0.contains("{}") } == 4, "\(result.output)")
        #expect(result.output.contains(#""caf\udbff\udee9""#))
        let listing = try run(store, "mkdir n; : > \"n/$(printf 'a\\nb')\"; ns ls $(ns add n)")
        #expect(listing.output == "./a\\nb\n")
    }

    @Test func withoutProcItWorksOrSaysWhyNot() throws {
        let store = try StoreFixture(withTools: false)
        let script = """
            umount -l /proc && [ ! -e /proc/self ] || exit 77
            echo x > "$2/file"; exec "$1" --root "$2/root" add "$2/file"
            """
        let result = try ChildProcess(
            ["unshare", "-m", "sh", "-c", script, "sh", store.binary, store.directory.path],
            environment: store.environment
        ).wait()
        if result.status == 77 || result.error.hasPrefix("unshare: ") {
            try Test.cancel("no mount namespace: \(result.error)")
        }
        #expect(result.status == 0, "\(result.error)")
        #expect(result.output.hasPrefix("/nodeos/store/"), "\(result.output)")
    }
}
