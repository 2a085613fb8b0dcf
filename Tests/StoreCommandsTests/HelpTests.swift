import ArgumentParser
import Foundation
import StoreCommands
import TestSupport
import Testing

/// The command tree as a whole.
@Suite struct HelpTests {
    let fixture: CommandFixture

    init() throws { fixture = try CommandFixture() }

    /// All commands of the tree, with the arguments that lead to each.
    static let commands: [(path: [String], type: any ParsableCommand.Type)] = {
        func below(_ type: any ParsableCommand.Type, _ path: [String]) -> [(
            [String], any ParsableCommand.Type
        )] {
            [(path, type)]
                + (type.configuration.subcommands
                + type.configuration.groupedSubcommands.flatMap(\.subcommands)).flatMap {
                    below($0, path + [$0.configuration.commandName ?? "\($0)"])
                }
        }
        return below(NodeosStoreCommand.self, [])
    }()

    /// The help of each command as it was when it was last looked at: `Help/audit-compare.txt`.
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "Help")

    private static func file(_ path: [String]) -> URL {
        let name = path.isEmpty ? "nodeos-store" : path.joined(separator: "-")
        return folder.appending(path: name + ".txt")
    }

    /// Changes of the command line are seen in review. To accept a change:
    ///
    ///     NODEOS_ACCEPT_HELP=1 swift test --filter HelpTests.helpIsAsItWas; git diff Tests
    ///
    /// which writes what there is now and fails, so that nobody leaves it on.
    @Test(arguments: commands.map(\.path)) func helpIsAsItWas(path: [String]) async throws {
        let outcome = await fixture.run(path + ["--help"])
        #expect(outcome.status == .success)
        #expect(outcome.errors.isEmpty)
        let file = Self.file(path)
        if ProcessInfo.processInfo.environment["NODEOS_ACCEPT_HELP"] != nil {
            try outcome.text.write(to: file, atomically: true, encoding: .utf8)
            Issue.record("accepted: look at the difference, and run this again without")
            return
        }
        // What no file is kept of differs from nothing.
        let accepted = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        #expect(
            outcome.text == accepted, "the help of '\(path.joined(separator: " "))' changed")
    }

    @Test func noHelpIsKeptOfWhatIsGone() throws {
        let kept = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
        #expect(Set(kept) == Set(Self.commands.map { Self.file($0.path).lastPathComponent }))
    }

    @Test func everyCommandHasAnExample() {
        for (path, type) in Self.commands where type is any StoreCommand.Type {
            #expect(
                type.configuration.discussion.contains("Example"), "\(path.joined(separator: " "))")
        }
    }

    @Test(arguments: [
        ["--no-such-option"], ["no-such-command"], ["derivation", "check"],
        ["hash", "--type", "x"],
        ["query", "why", "x"], ["query", "references"], ["graph", "--max-depth", "-1", "x"],
    ]) func wrongCommandLine(arguments: [String]) async {
        let outcome = await fixture.run(arguments)
        #expect(outcome.status == .usage)
        #expect(outcome.output.isEmpty)
        #expect(outcome.errors.hasPrefix("error: "))
    }

    @Test(arguments: [
        (["relaise", "x"], "'nodeos-store realise'"),
        (["--realise", "x"], "'nodeos-store realise'"),
        (["--root", "query", "querry", "x"], "'nodeos-store query'"),
        (["audit", "dif", "x", "y"], "'nodeos-store audit diff'"),
        (["realise", "--log-format", "barr", "x"], "'bar'"),
    ]) func whatIsMistypedIsGuessed(arguments: [String], meant: String) async {
        let outcome = await fixture.run(arguments)
        #expect(outcome.status == .usage)
        let first = outcome.errors.split(separator: "\n").first ?? ""
        #expect(first.hasSuffix(" did you mean \(meant)?"), "\(outcome.errors)")
    }

    @Test(arguments: [
        ["frobnicate"], ["realise", "--log-format", "zzzzzz", "x"], ["query", "x", "y"],
    ])
    func whatIsFarIsNotGuessed(arguments: [String]) async {
        #expect(!(await fixture.run(arguments)).errors.contains("did you mean"))
    }

    /// What a message proposes can be pasted.
    @Test func hintsHaveTheStoresOptions() async throws {
        let file = try fixture.directory.write("x", to: "x.drv")
        for arguments in [["--root", "my root", "add", file], ["add", file, "--root", "my root"]] {
            let outcome = await fixture.run(arguments)
            #expect(outcome.errors.contains("'nodeos-store --root 'my root' derivation add'"))
        }
        #expect(await fixture.run(["add", file]).errors.contains("'nodeos-store derivation add'"))
        let outcome = await fixture.run(["--root", "it's", "add", file])
        #expect(outcome.errors.contains(#"nodeos-store --root 'it'\''s' derivation add"#))
    }

    @Test func version() async {
        let outcome = await fixture.run(["--version"])
        #expect(outcome.status == .success)
        #expect(outcome.text == "0.1.0\n")
    }

    @Test(arguments: ["bash", "zsh", "fish"]) func completions(shell: String) async {
        let outcome = await fixture.run(["completions", shell])
        #expect(outcome.status == .success)
        #expect(outcome.text.contains("nodeos-store"))
        #expect(outcome.text.contains("derivation"))
    }

    @Test func storeOptionsStandAnywhere() async throws {
        try fixture.directory.write("hola\n", to: "hello.txt")
        for arguments in [
            ["--root", fixture.root, "add", "hello.txt"],
            ["add", "--root", fixture.root, "hello.txt"],
            ["add", "hello.txt", "--root", fixture.root],
        ] {
            let outcome = await fixture.run(arguments, environment: [:])
            #expect(outcome.errors == "")
            #expect(
                outcome.text == "/nodeos/store/2j4s87fjdzwlixi17230c3kgxihm6g6m-hello.txt\n")
        }
    }

    @Test func closedOutputIsQuiet() async throws {
        let context = CommandContext(
            environment: [:], workingDirectory: "/", input: CommandInput { _ in 0 },
            output: CommandOutput { _ in throw StoreCommandsError.outputClosed },
            errorOutput: CommandOutput { bytes in
                Issue.record("printed \(bytes.count) bytes")
            }, now: { 0 })
        let status = await NodeosStoreCommand.run(["completions", "bash"], in: context)
        #expect(status == .outputClosed)
    }
}
