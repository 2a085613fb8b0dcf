import Foundation
import Glibc
import Primitives
import StoreModel
import TestSupport
import Testing

/// `copy --to` and `--from` `ssh://…`, with a program for ssh that runs the command here.
@Suite(.timeLimit(.minutes(40))) struct RemoteStoreTests {
    let scene: GivingTests.Scene
    let bin: String

    init() throws {
        scene = try GivingTests.Scene()
        bin = scene.store.directory.file("bin")
        try FileManager.default.createDirectory(atPath: bin, withIntermediateDirectories: true)
        try setSSH(
            """
            printf '%s\\n' "$@" > '\(bin)/arguments'
            while [ "$1" != -- ]; do shift; done
            exec sh -c "$3"
            """)
    }

    private func setSSH(_ script: String) throws {
        try ("#!/bin/sh\n" + script + "\n").write(
            toFile: bin + "/ssh", atomically: true, encoding: .utf8)
        #expect(unsafe chmod(bin + "/ssh", 0o755) == 0)
    }

    private func run(_ store: StoreFixture, _ arguments: [String]) throws -> ChildProcess.Result {
        try store.start(arguments, adding: ["PATH": "\(bin):/usr/local/bin:/usr/bin:/bin"]).wait()
    }

    /// The user's store, as another machine's.
    private var there: String {
        "ssh://me@host.example:2222?root=\(scene.user.root)&program=\(scene.store.binary)"
    }

    @Test func closuresGoThere() throws {
        try scene.store.succeed("sign", "--key", scene.secret, scene.paths[1])
        let given = try run(scene.store, ["copy", "--to", there, scene.paths[1]])
        #expect(given.status == 0, "\(given.error)")
        #expect(given.lines == [scene.paths[2], scene.paths[1]])
        #expect(given.error.contains("to copy: 2 paths"), "\(given.error)")
        let words = try String(contentsOfFile: bin + "/arguments", encoding: .utf8)
            .split(separator: "\n")
        #expect(words.prefix(5) == ["-p", "2222", "-T", "--", "me@host.example"])
        // Only what is missing, and signatures go along, also to what is there.
        try scene.store.succeed("sign", "--key", scene.secret, "--closure", scene.paths[0])
        let rest = try run(scene.store, ["copy", "--to", there, scene.paths[0]])
        #expect(rest.lines == [scene.paths[0]], "\(rest.error)")
        #expect(rest.error.contains("2 there already"), "\(rest.error)")
        let keys = try scene.user.succeed("key", "list", "--trusted-key", scene.key).output
        #expect(keys.contains("cache-1: 3 good"), "\(keys)")
        try scene.user.succeed("verify", "--check-contents")
        #expect(try run(scene.store, ["copy", "--to", there, scene.paths[0]]).lines == [])
    }

    @Test func closuresComeFromThere() throws {
        let other = "ssh://host?root=\(scene.store.root)&program=\(scene.store.binary)"
        let taken = try run(scene.user, ["copy", "--from", other, scene.paths[0]])
        #expect(taken.status == 0, "\(taken.error)")
        #expect(taken.lines == scene.paths.reversed())
        try scene.user.succeed("verify", "--check-contents")
        #expect(try run(scene.user, ["copy", "--from", other, scene.paths[0]]).lines == [])
        let absent = "/nodeos/store/\(Digest.hash("absent").nix32.prefix(32))-absent"
        let missing = try run(scene.user, ["copy", "--from", other, absent])
        #expect(missing.status == 1)
        #expect(missing.output == "")
    }

    /// Words of the other shell stay words, whatever is in them.
    @Test func nothingIsRunThatIsNotMeant() throws {
        let mark = scene.store.directory.file("mark")
        let odd = scene.store.directory.file("a b'; touch \(mark); echo '$(touch \(mark))`")
        let url = "ssh://host?root=\(odd)&program=\(scene.store.binary)"
        let given = try run(scene.store, ["copy", "--to", url, scene.paths[0]])
        #expect(given.status == 0, "\(given.error)")
        #expect(!FileManager.default.fileExists(atPath: mark))
        #expect(FileManager.default.fileExists(atPath: odd + scene.paths[0]))
        for bad in [
            "ssh://-oProxyCommand=touch%20\(mark)", "ssh://-lroot@host", "ssh://", "ssh://ho st",
            "ssh://host:0", "ssh://host:x", "ssh://user:password@host", "ssh://host;id",
            "ssh://host?program=-x", "ssh://host?shell=x", "ssh://host/path",
        ] {
            for option in ["--to", "--from"] {
                let result = try run(scene.store, ["copy", option, bad, scene.paths[0]])
                #expect(result.status == 2, "\(bad): \(result.error)")
                #expect(!result.error.contains("password@"))
            }
        }
        #expect(!FileManager.default.fileExists(atPath: mark))
    }

    /// Another side that dies, says something else, or gives something else.
    @Test func othersThatFail() throws {
        let binary = scene.store.binary
        let url = "ssh://host?root=\(scene.user.root)&program=\(binary)"
        for script in [
            "exit 255", "echo welcome; exit 0", "head -c 1 > /dev/null", "kill -9 $$",
            "echo 'nodeos-store lacks 1'; echo 'no such path'; echo; cat > /dev/null",
            // It takes all and says nothing at the end.
            "echo 'nodeos-store lacks 1'; echo \(scene.paths[2].dropFirst(14)); echo; cat > /dev/null",
        ] {
            try setSSH(script)
            let result = try run(scene.store, ["copy", "--to", url, scene.paths[0]])
            #expect(result.status == 1, "\(script): \(result.error)")
            #expect(result.output == "", "\(script)")
        }
        // It gives what was not asked for, or other bytes than it says.
        let offer = try ChildProcess(
            [
                "/bin/sh", "-c",
                "printf 'nodeos-store lacks 1\\n\(scene.paths[2].dropFirst(14))\\n\\n' "
                    + "| \"$0\" --root \"$1\" export --negotiate \(scene.paths[2]) | tee \"$2\"",
                binary, scene.store.root, bin + "/offer",
            ], environment: scene.store.environment
        ).wait()
        #expect(offer.status == 0)
        let other = try StoreFixture(withTools: false)
        for (program, wanted) in [
            ("sed 's/chain-0/chain-X/'", scene.paths[2]),
            ("sed 's/refers/REFERS/'", scene.paths[2]),
            ("cat", scene.paths[1]),
        ] {
            try setSSH("\(program) '\(bin)/offer'; cat > /dev/null")
            let result = try run(other, ["copy", "--from", "ssh://host", wanted])
            #expect(result.status == 1, "\(program): \(result.error)")
            #expect(result.output == "")
            #expect(try !other.isValid(scene.paths[2]))
        }
        let lonely = try scene.store.start(
            ["copy", "--to", "ssh://host", scene.paths[0]], adding: ["PATH": "/nowhere"]
        ).wait()
        #expect(lonely.status == 1)
        #expect(lonely.error.contains("there is no 'ssh'"), "\(lonely.error)")
    }
}
