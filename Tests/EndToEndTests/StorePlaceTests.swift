import Foundation
import Glibc
import TestSupport
import Testing

/// Stores that are reached by other names than they were made under, or lie where names fold
/// (`docs/security.md`): what a root keeps stays, whichever way it was made and whichever way a collector
/// comes.
@Suite(.timeLimit(.minutes(40))) struct StorePlaceTests {
    private var store: StoreFixture
    private let rooted: StoreFixture.Item
    private let dead: StoreFixture.Item

    init() throws {
        store = try StoreFixture()
        rooted = try store.derive("rooted", "mkdir $out; echo rooted > $out/file")
        dead = try store.derive("dead", "echo dead > $out")
        try store.realise(dead)
        try FileManager.default.createSymbolicLink(
            atPath: store.directory.file("alias"), withDestinationPath: store.root)
    }

    private func at(_ root: String, _ arguments: String...) throws -> ChildProcess.Result {
        try ChildProcess(
            [store.binary, "--root", root] + arguments, environment: store.environment
        ).wait()
    }

    private func expectOnlyRooted(_ root: String, at location: SourceLocation = #_sourceLocation)
        throws
    {
        let roots = try at(root, "roots")
        #expect(roots.output.contains(rooted.output()), sourceLocation: location)
        #expect(!roots.output.contains("stale"), sourceLocation: location)
        let live = try at(root, "gc", "--dry-run").lines
        #expect(live.contains(dead.output()), sourceLocation: location)
        #expect(!live.contains(rooted.output()), sourceLocation: location)
    }

    @Test func aRootMadeThroughALink() throws {
        let alias = store.directory.file("alias")
        let made = try at(
            alias, "realise", rooted.drv, "--add-root", store.directory.file("result"))
        #expect(made.status == 0, "\(made.error)")
        for root in [alias, store.root] { try expectOnlyRooted(root) }
        // The disk is mounted elsewhere one day.
        let moved = store.directory.file("moved")
        try FileManager.default.moveItem(atPath: store.root, toPath: moved)
        try expectOnlyRooted(moved)
        #expect(try at(moved, "gc").status == 0)
        #expect(try at(moved, "query", "hash", rooted.output()).status == 0)
        #expect(try at(moved, "verify", "--check-contents").status == 0)
    }

    @Test func aStoreDirectoryThatIsALink() throws {
        let elsewhere = store.directory.file("elsewhere")
        let path = store.real("/nodeos/store")
        try FileManager.default.moveItem(atPath: path, toPath: elsewhere)
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: elsewhere)
        try store.realise(rooted, "--add-root", store.directory.file("result"))
        try expectOnlyRooted(store.root)
        try store.succeed("gc")
        #expect(try store.isValid(rooted.output()))
        try store.succeed("verify", "--check-contents")
    }

    @Test func throughABindMount() throws {
        let script = """
            mkdir "$1.bound"; mount --bind "$1" "$1.bound"
            "$2" --root "$1.bound" realise "$3" --add-root "$1.result"
            "$2" --root "$1.bound" gc > /dev/null
            """
        let result = try store.inNamespace(script, [rooted.drv])
        #expect(result.status == 0, "\(result.error)")
        // The names of the mount are gone with the namespace.
        try store.succeed("gc")
        #expect(try store.isValid(rooted.output()))
        #expect(try !store.isValid(dead.output()))
        try store.succeed("verify", "--check-contents")
    }

    /// What is mounted where an output will be, or in a dead path, is not deleted.
    @Test func whatIsMountedInTheStoreIsNotDeleted() throws {
        let tree = store.directory.file("dead")
        try store.directory.write("text", to: "dead/d/file")
        let added = try store.succeed("add", tree).lines[0]
        let script = """
            mkdir "$1.mine"; echo mine > "$1.mine/file"
            mkdir "$1$4"; chmod u+w "$1$5/d"
            for place in "$1$4" "$1$5/d"; do mount --bind "$1.mine" "$place"; done
            "$2" --root "$1" realise "$3" && exit 1
            "$2" --root "$1" gc || true
            cat "$1.mine/file"
            """
        let result = try store.inNamespace(script, [rooted.drv, rooted.output(), added])
        #expect(result.status == 0 && result.lines.last == "mine", "\(result.output)")
        #expect(result.error.contains("resource busy"), "\(result.error)")
        try store.succeed("gc")
        try store.succeed("verify", "--check-contents")
        #expect(store.scratch() == [])
        #expect(try store.strays() == [])
    }

    /// What runs is known by the kernel's names, which no link is in.
    @Test func whatRunsIsKeptThroughALink() throws {
        try store.realise(rooted)
        let alias = store.directory.file("alias")
        let user = try ChildProcess(
            ["sh", "-c", "cd \"$1\" && exec sleep 100", "sh", alias + rooted.output()],
            environment: store.environment)
        let link = "/proc/\(user.id)/cwd"
        for _ in 0..<500
        where (try? FileManager.default.destinationOfSymbolicLink(atPath: link))?
            .hasSuffix(rooted.output()) != true
        { usleep(10_000) }
        #expect(try at(alias, "gc", "--delete", rooted.output()).status == 1)
        #expect(try at(alias, "gc").status == 0)
        #expect(try store.isValid(rooted.output()))
        user.send(SIGKILL)
        _ = try user.wait()
        try store.succeed("gc")
        #expect(try !store.isValid(rooted.output()))
    }

    /// A tree with names that are one here is refused, and nothing of it is valid.
    @Test func wherePartsOfNamesFold() throws {
        let image = try DiskImage.make(type: "ext4", options: "noatime", making: "-q -O casefold")
        try image.mount()
        let root = image.place + "/root"
        try FileManager.default.createDirectory(
            atPath: root, withIntermediateDirectories: false)
        let folded = try ChildProcess(["chattr", "+F", root], environment: store.environment)
            .wait()
        guard folded.status == 0 else { try Test.cancel("no folding here: \(folded.error)") }
        for (name, text) in [("Readme", "1"), ("readme", "2")] {
            try store.directory.write(text, to: "tree/\(name)")
        }
        let path = try store.succeed("add", store.directory.file("tree")).lines[0]
        for arguments in [
            ["add", store.directory.file("tree")], ["copy", "--from", store.root, path],
        ] {
            let result = try ChildProcess(
                [store.binary, "--root", root] + arguments, environment: store.environment
            ).wait()
            #expect(result.status == 1)
            #expect(result.error.contains("eadme"), "\(result.error)")
        }
        #expect(try at(root, "add", store.directory.file("tools")).status == 0)
        #expect(try at(root, "verify", "--check-contents").status == 0)
        try image.unmount()
    }
}

/// No store at all.
extension StorePlaceTests {
    /// Whoever misspells a place learns it, and finds no new store there.
    @Test func whoAsksOrDeletesMakesNoStore() throws {
        let nowhere = store.directory.file("nowhere")
        for command in [
            ["gc"], ["gc", "--dry-run"], ["gc", "--delete", dead.output()], ["optimise"],
            ["optimise", "--automatic", "on"], ["verify"], ["verify", "--repair"],
            ["db", "check", "--repair"], ["db", "rebuild"], ["roots"],
            ["query", "hash", dead.output()], ["shell", dead.drv, "--", "true"],
            ["sources", "--fetch", dead.drv], ["export", dead.output()], ["log", dead.drv],
            ["audit", "rebuild", dead.drv], ["copy", "--to", nowhere + "2", dead.output()],
        ] {
            let result = try ChildProcess(
                [store.binary, "--root", nowhere] + command, environment: store.environment
            ).wait()
            #expect(result.status == 1, "\(command)")
            #expect(
                result.error.contains("there is no store in '\(nowhere)/nodeos/store'; is --root"),
                "\(command): \(result.error)")
        }
        for place in [nowhere, nowhere + "2"] {
            #expect(!FileManager.default.fileExists(atPath: place))
        }
    }
}

/// A store of one user, asked by another.
extension StorePlaceTests {
    @Test func anotherUserMayAskAndNoMore() throws {
        guard geteuid() == 0 else { try Test.cancel("only root can become another user") }
        _ = unsafe chmod(store.directory.path, 0o755)
        func asNobody(_ arguments: [String]) throws -> ChildProcess.Result {
            try ChildProcess(
                ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", store.binary]
                    + ["--root", store.root] + arguments, environment: store.environment
            ).wait()
        }
        let version = try asNobody(["--version"])
        guard version.status == 0 else {
            try Test.cancel("another user cannot run the program: \(version.error)")
        }
        let questions = [
            ["query", "requisites", rooted.drv], ["query", "info", dead.output()], ["verify"],
            ["verify", "--check-contents"], ["gc", "--dry-run"], ["gc", "--print-live"], ["roots"],
            ["optimise", "--dry-run"], ["db", "check"], ["realise", "--dry-run", rooted.drv],
            ["export", dead.output()],
        ]
        // A process of the owner that uses paths, and after it nobody who has the database open.
        let busy = try store.start(["shell", rooted.drv, "--", "sleep", "1000"])
        let used = store.real("/nodeos/var/nodeos/temproots/\(busy.id)")
        while !FileManager.default.fileExists(atPath: used) { usleep(20_000) }
        for isBusy in [true, false] {
            for question in questions {
                let result = try asNobody(question)
                #expect(result.status == 0, "\(question), busy \(isBusy): \(result.error)")
            }
            if isBusy {
                busy.send(SIGKILL)
                _ = try busy.wait()
            }
        }
        for change in [["gc"], ["optimise"], ["add", store.directory.path], ["db", "rebuild"]] {
            let result = try asNobody(change)
            #expect(result.status == 1, "\(change): \(result.error)")
        }
        #expect(try store.succeed("verify", "--check-contents").output.isEmpty)
    }
}
