import Foundation
import Glibc
import TestSupport
import Testing

/// Stores whose place is named in another way than by a plain absolute path, or lies on file systems
/// that cannot do everything.
@Suite(.timeLimit(.minutes(40))) struct RootPlaceTests {
    /// Also what only builds see.
    @Test(arguments: [
        "./st", ".", "sub/../st", "sub/./..//st/", "link/../st", "$PWD//st", "./sub/.././st/.",
    ])
    func anyNameOfTheRoot(name: String) throws {
        var store = try StoreFixture()
        let item = try store.derive("item", "echo built > $out")
        // Behind a link, `..` is where the link leads.
        let script = """
            mkdir -p "$1/w/sub" "$1/w/far/away"; cd "$1/w"; ln -s far/away link
            case "$2" in link*) place=far/st;; .) place=.;; *) place=st;; esac
            mkdir -p "$place"; cp -a "$3/nodeos" "$place"; eval "root=\\"$2\\""
            "$4" --root "$root" realise "$5"
            NODEOS_ROOT="$root" "$4" realise --check "$5"
            test "$(cat "$place$6")" = built
            """
        let result = try ChildProcess(
            ["sh", "-euc", script, "sh", store.directory.path, name, store.root, store.binary]
                + [item.drv, item.output()], environment: store.environment
        ).wait()
        #expect(result.status == 0, "\(result.error)")
    }

    @Test func aRootThatLeadsUpFromNowhere() throws {
        let store = try StoreFixture(withTools: false)
        let result = try ChildProcess(
            [store.binary, "--root", store.directory.file("nowhere/../st"), "add", store.binary],
            environment: store.environment
        ).wait()
        #expect(result.status == 1)
        #expect(result.error.contains("nowhere"), "\(result.error)")
        #expect(!FileManager.default.fileExists(atPath: store.directory.file("st")))
    }

    /// A container's image: overlayfs renames no directory of a lower layer (EXDEV).
    @Test func itemsInALowerLayer() throws {
        let store = try StoreFixture(withTools: false)
        for name in ["tree", "other"] {
            for file in ["a", "d/b"] { try store.directory.write(name, to: "\(name)/\(file)") }
        }
        let paths = try ["tree", "other"].map {
            try store.succeed("add", store.directory.file($0)).lines[0]
        }
        let script = """
            cd "$1"; mkdir up mnt
            mount -t tmpfs tmpfs up && mkdir up/u up/w &&
                mount -t overlay overlay -o redirect_dir=off,lowerdir=root,upperdir=up/u,workdir=up/w \
                    mnt || exit 77
            mv "mnt$3" mnt/moved 2> /dev/null && exit 77
            chmod u+w "mnt$3/a"; echo damaged > "mnt$3/a"
            "$2" --root "$1/mnt" verify --check-contents --repair --from "$1/root"
            "$2" --root "$1/mnt" verify --check-contents
            test "$(stat -c %a "mnt$3")" = 555
            "$2" --root "$1/mnt" gc
            "$2" --root "$1/mnt" verify
            test "$(ls -A mnt/nodeos/store/.builds)" = ""
            for path in "$3" "$4"; do test ! -e "mnt$path"; done
            """
        let result = try ChildProcess(
            ["unshare", geteuid() == 0 ? "-m" : "-rm", "sh", "-euc", script, "sh"]
                + [store.directory.path, store.binary] + paths, environment: store.environment
        ).wait()
        if result.status == 77 || result.error.contains("unshare failed") {
            try Test.cancel("no overlayfs that refuses here: \(result.error)")
        }
        #expect(result.status == 0, "\(result.output) \(result.error)")
    }
}
