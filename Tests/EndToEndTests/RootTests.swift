import Foundation
import Glibc
import TestSupport
import Testing

/// Links that keep paths and cannot be followed just now: that nobody could look is no proof that they
/// are gone.
@Suite(.timeLimit(.minutes(40))) struct RootTests {
    private let store: StoreFixture
    private let kept: String
    private let dead: String
    private let folder: String

    init() throws {
        store = try StoreFixture(withTools: false)
        for name in ["kept", "dead"] { try store.directory.write(name, to: name) }
        kept = try store.succeed("add", store.directory.file("kept")).lines[0]
        dead = try store.succeed("add", store.directory.file("dead")).lines[0]
        folder = store.directory.file("links")
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: false)
    }

    private func shell(_ script: String, at location: SourceLocation = #_sourceLocation) throws {
        let result = try ChildProcess(
            ["sh", "-euc", script, "sh", folder], environment: store.environment
        ).wait()
        #expect(result.status == 0, "\(script): \(result.error)", sourceLocation: location)
    }

    private func areThere(_ paths: [String]) -> Bool {
        paths.allSatisfy { FileManager.default.fileExists(atPath: store.real($0)) }
    }

    @Test func aLinkThatCannotBeFollowedStopsACollection() throws {
        try store.succeed("realise", kept, "--add-root", folder + "/result")
        // Whoever follows the folder's name walks in a circle; the link is in the folder still.
        try shell("mv \"$1\" \"$1.away\"; ln -s links \"$1\"")
        let questions = [
            ["gc"], ["gc", "--dry-run"], ["gc", "--print-dead"], ["gc", "--delete", dead],
            ["gc", "--max-freed", "1"],
        ]
        for arguments in questions {
            let result = try store.start(arguments).wait()
            #expect(result.status == 1, "\(arguments)")
            #expect(result.output.isEmpty, "\(arguments)")
            #expect(
                result.error.contains("cannot read the root '\(folder)/result'"), "\(result.error)")
            #expect(result.error.contains("gcroots/auto/"), "it says what to do: \(result.error)")
        }
        #expect(areThere([kept, dead]))
        let roots = try store.succeed("roots")
        #expect(roots.lines.count == 1)
        #expect(roots.output.contains("-> \(folder)/result (cannot be read"), "\(roots.output)")
        #expect(try store.succeed("roots", "--json").output.contains("\"unreadable\": [\n    {"))
        let doctor = try store.run("doctor")
        #expect(doctor.output.contains("'\(folder)/result' cannot be read"), "\(doctor.output)")
        // It can be followed again.
        try shell("rm \"$1\"; mv \"$1.away\" \"$1\"")
        #expect(try store.succeed("gc").lines == [dead])
        #expect(areThere([kept]))
    }

    /// To read a link takes no permission to list its folder; without search permission nobody knows.
    @Test(arguments: [("0311", true), ("0711", true), ("0700", false)])
    func aFolderOfAnotherUser(mode: String, isReadable: Bool) throws {
        guard geteuid() == 0 else { try Test.cancel("only root can take a folder from a user") }
        _ = unsafe chmod(store.directory.path, 0o755)
        let user = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
        func asNobody(_ arguments: String...) throws -> ChildProcess.Result {
            try ChildProcess(
                user + [store.binary, "--root", store.root] + arguments,
                environment: store.environment
            ).wait()
        }
        guard try asNobody("--version").status == 0 else {
            try Test.cancel("another user cannot run the program")
        }
        try shell("chown -R 65534:65534 \"$1\" \"$1/../root\"")
        let made = try asNobody("realise", kept, "--add-root", folder + "/result")
        #expect(made.status == 0, "\(made.error)")
        try shell("chmod \(mode) \"$1\"; test \(mode) = 0311 || chown 0:0 \"$1\"")
        let result = try asNobody("gc")
        #expect(result.status == (isReadable ? 0 : 1), "\(result.error)")
        #expect(areThere([kept]))
        #expect(areThere([dead]) == !isReadable)
        #expect(isReadable || result.error.contains("'\(folder)/result'"), "\(result.error)")
    }

    /// What an older program may have lost can be seen.
    @Test func whatIsGoneIsNamed() throws {
        try store.succeed("realise", kept, "--add-root", folder + "/result")
        try store.succeed("realise", dead, "--add-root", folder + "/other")
        try shell("rm \"$1/other\"")
        let state = store.real("/nodeos/var/nodeos")
        let lost = "/nodeos/store/00000000000000000000000000000000-lost"
        try FileManager.default.createSymbolicLink(
            atPath: state + "/gcroots/system", withDestinationPath: lost)
        let roots = try store.succeed("roots").output
        #expect(roots.contains("gcroots/system -> \(lost) (stale: the path is not valid)"))
        #expect(roots.contains("-> \(folder)/other (stale: No such file"), "\(roots)")
        let doctor = try store.run("doctor").output
        #expect(doctor.contains("-> '\(lost)' keeps nothing"), "\(doctor)")
        #expect(doctor.contains("-> '\(folder)/other' keeps nothing"), "\(doctor)")
    }

    /// A root is kept by the place of its link, whatever becomes of the folder it was named from.
    @Test func linksAreRegisteredByTheirOwnPlace() throws {
        try FileManager.default.createDirectory(
            atPath: folder + "/project", withIntermediateDirectories: false)
        let script = "cd \"$1/project\"; shift; exec \"$@\""
        let made = try ChildProcess(
            ["sh", "-euc", script, "sh", folder, store.binary, "--root", store.root]
                + ["realise", kept, "--add-root", "../result"], environment: store.environment
        ).wait()
        #expect(made.status == 0, "\(made.error)")
        try shell("rmdir \"$1/project\"")
        #expect(try store.succeed("roots").output.contains("\(folder)/result -> \(kept)"))
        #expect(try store.succeed("gc").lines == [dead])
        #expect(areThere([kept]))
    }

    @Test func deletingWithAllThatIsReferredTo() throws {
        let store = store
        for option in ["--recursive", "--skip-live"] {
            #expect(try store.run("gc", option).status == 2)
        }
        try store.succeed("realise", kept, "--add-root", folder + "/result")
        let refused = try store.run("gc", "--recursive", "--delete", kept, dead)
        #expect(refused.status == 1)
        #expect(areThere([kept, dead]))
        #expect(try store.succeed("gc", "--skip-live", "--delete", kept, dead).lines == [dead])
        #expect(areThere([kept]))
    }
}
