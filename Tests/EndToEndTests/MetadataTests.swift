import Foundation
import Glibc
import Primitives
import TestSupport
import Testing

/// Modes, owners, times and attributes of files in valid paths, changed afterwards or inherited when
/// they were made.
@Suite struct MetadataTests {
    private var store: StoreFixture
    /// Nothing can make it again.
    private let tree: String

    init() throws {
        store = try StoreFixture(withTools: false)
        try store.directory.write("plain", to: "tree/lib/plain")
        try store.directory.write("program", to: "tree/bin/program", mode: 0o755)
        try store.directory.link("tree/bin/link", to: "program")
        tree = try store.succeed("add", store.directory.file("tree")).lines[0]
    }

    private func shell(_ script: String, at location: SourceLocation = #_sourceLocation) throws {
        let result = try ChildProcess(
            ["sh", "-euc", script, "sh", store.real(tree), store.directory.path],
            environment: store.environment
        ).wait()
        #expect(result.status == 0, "\(script): \(result.error)", sourceLocation: location)
    }

    private func expectRepaired(at location: SourceLocation = #_sourceLocation) throws {
        let repair = try store.run("verify", "--check-contents", "--repair")
        #expect(repair.status == 0, "\(repair.error)", sourceLocation: location)
        #expect(
            repair.error.contains("\(tree): its metadata are those of a store item again"),
            "\(repair.error)", sourceLocation: location)
        let result = try store.run("verify", "--check-contents")
        #expect(result.status == 0, "\(result.output)", sourceLocation: location)
        #expect(result.output.isEmpty, sourceLocation: location)
        #expect(store.scratch().isEmpty, sourceLocation: location)
    }

    private func mode(_ name: String) -> UInt32 {
        var status = stat()
        return unsafe lstat(store.real(tree) + name, &status) == 0 ? status.st_mode & 0o7777 : 0
    }

    static let changes: [(script: String, words: String)] = [
        ("chmod 4555 \"$1/bin/program\"", "'bin/program' in it has mode 4555 instead of 0555"),
        ("chmod 2755 \"$1/bin/program\"", "'bin/program' in it has mode 2755 instead of 0555"),
        ("chmod 0777 \"$1/bin/program\"", "'bin/program' in it has mode 0777 instead of 0555"),
        ("chmod 0466 \"$1/lib/plain\"", "'lib/plain' in it has mode 0466 instead of 0444"),
        ("chmod 1777 \"$1/lib\"", "'lib' in it has mode 1777 instead of 0555"),
        ("chmod 0755 \"$1\"", "it has mode 0755 instead of 0555"),
        ("touch -d @5 \"$1/lib/plain\"", "'lib/plain' in it was changed at 5 instead of 1"),
        ("touch -h -d @5 \"$1/bin/link\"", "'bin/link' in it was changed at 5 instead of 1"),
        ("touch -d @1.5 \"$1/lib\"", "'lib' in it was changed at 1 instead of 1"),
    ]

    @Test(arguments: changes) func whatWasChangedIsNamed(script: String, words: String) throws {
        try shell(script)
        let result = try store.run("verify", "--check-contents")
        #expect(result.status == 1)
        #expect(result.lines.count == 1, "\(result.output)")
        #expect(result.output.contains("metadata: \(tree): \(words)"), "\(result.output)")
        #expect(try store.run("verify", tree).status == 1)
        try expectRepaired()
    }

    /// Runs Python, which knows extended attributes; cancels the test where that or they are missing.
    private func python(_ script: String, _ arguments: String...) throws -> ChildProcess.Result {
        let python: ChildProcess
        do {
            python = try ChildProcess(
                ["python3", "-c", "import os, sys\n" + script] + arguments,
                environment: store.environment)
        } catch { try Test.cancel("no python3: \(error)") }
        let result = try python.wait()
        guard result.status == 0 else {
            try Test.cancel("no extended attributes here: \(result.error)")
        }
        return result
    }

    @Test func attributesAreNamedAndRemoved() throws {
        let file = store.real(tree) + "/lib/plain"
        _ = try python(
            """
            os.chmod(sys.argv[1], 0o644); os.setxattr(sys.argv[1], 'user.x', b'1')
            os.chmod(sys.argv[1], 0o444)
            """, file)
        let result = try store.run("verify", "--check-contents")
        #expect(result.status == 1)
        #expect(
            result.output.contains("'lib/plain' in it has the extended attribute 'user.x'"),
            "\(result.output)")
        try expectRepaired()
        #expect(try python("print(os.listxattr(sys.argv[1]))", file).lines == ["[]"])
    }

    @Test func foreignOwnersAreNamedAndReplaced() throws {
        guard geteuid() == 0 else { try Test.cancel("only root gives files away") }
        try shell("chown 65534 \"$1/bin/program\" \"$1/lib\"; chown -h 65534 \"$1/bin/link\"")
        let result = try store.run("verify", "--check-contents")
        #expect(result.lines.count == 3, "\(result.output)")
        #expect(result.output.contains("'lib' in it belongs to user 65534 instead of 0"))
        try expectRepaired()
    }

    /// Files that paths share are put right in all of them, and still shared.
    @Test func sharedFilesStayShared() throws {
        try store.directory.write("program", to: "twin/copy", mode: 0o755)
        let twin = try store.succeed("add", store.directory.file("twin")).lines[0]
        try store.succeed("optimise")
        let (one, other) = (store.real(tree) + "/bin/program", store.real(twin) + "/copy")
        var status = stat()
        guard unsafe lstat(one, &status) == 0, status.st_nlink == 3 else {
            try Test.cancel("this file system shares bytes in another way")
        }
        #expect(unsafe chmod(one, 0o4555) == 0)
        #expect(try store.run("verify", "--check-contents").lines.count == 2)
        let repair = try store.run("verify", "--check-contents", "--repair")
        #expect(repair.status == 0, "\(repair.error)")
        #expect(unsafe lstat(other, &status) == 0)
        #expect(status.st_mode & 0o7777 == 0o555)
        #expect(status.st_nlink == 3)
        try store.succeed("verify", "--check-contents")
    }

    /// Somebody who could write to a directory may have put a name of another file there: its mode is
    /// not ours to change.
    @Test func theModesOfOthersFilesAreLeftAlone() throws {
        let victim = try store.directory.write("plain", to: "victim", mode: 0o600)
        try shell(
            """
            chmod 777 "$1/lib"; rm "$1/lib/plain"; ln "$2/victim" "$1/lib/plain"
            """)
        #expect(try store.run("verify", "--check-contents").status == 1)
        try expectRepaired()
        var status = stat()
        #expect(unsafe lstat(victim, &status) == 0)
        #expect(status.st_mode & 0o7777 == 0o600)
        #expect(status.st_nlink == 1)
        #expect(mode("/lib/plain") == 0o444)
    }

    /// What has other contents, too, and no source, at least loses what makes it dangerous.
    @Test func dangerousBitsGoWhateverTheContentsAre() throws {
        try shell("chmod u+w \"$1/bin/program\"; echo evil > \"$1/bin/program\"")
        try shell("chmod 6777 \"$1/bin/program\"")
        let result = try store.run("verify", "--check-contents", "--repair")
        #expect(result.status == 1)
        #expect(result.output.contains("altered: \(tree)"))
        #expect(result.output.contains("has mode 6777"))
        #expect(mode("/bin/program") == 0o555)
    }

    /// A user cannot give back what belongs to somebody else, and is told who can.
    @Test func usersAreToldWhoCanHelp() throws {
        guard geteuid() == 0 else { try Test.cancel("only root gives files away") }
        try shell("chmod 755 \"$2\"; chown -hR 65534 \"$2\"; chown 0 \"$1/lib/plain\"")
        let words = [
            "setpriv", "--reuid", "65534", "--clear-groups", store.binary, "--root", store.root,
            "verify", "--check-contents", "--repair",
        ]
        let result = try ChildProcess(words, environment: store.environment).wait()
        #expect(result.status == 1)
        #expect(result.error.contains("belongs to user 0 and cannot be taken over; root can"))
    }

    /// The directory above the store gives everything made below it an access control list.
    @Test func inheritedAccessControlListsAreNotKept() throws {
        let above = store.directory.file("above")
        try FileManager.default.createDirectory(
            atPath: above, withIntermediateDirectories: false)
        // Version 2; the owner, user 1234, the group, the mask, others.
        _ = try python(
            """
            entries = [(1, 7, 0xffffffff), (2, 7, 1234), (4, 5, 0xffffffff), (16, 7, 0xffffffff),
                (32, 5, 0xffffffff)]
            acl = (2).to_bytes(4, 'little') + b''.join(number.to_bytes(size, 'little')
                for entry in entries for number, size in zip(entry, (2, 2, 4)))
            os.setxattr(sys.argv[1], 'system.posix_acl_default', acl)
            """, above)
        let inherited = try StoreFixture(root: above + "/root", withTools: false)
        try inherited.succeed("add", store.directory.file("tree"))
        let export = store.directory.file("export")
        let result = try ChildProcess(
            [
                "sh", "-euc",
                """
                "$1" --root "$2" export "$3" > "$4"; "$1" --root "$5/imported" import < "$4"
                "$1" --root "$2" copy --to "$5/copied" "$3"
                echo x > "$4.text"; "$1" --root "$5/copied" add --fixed sha256 "$4.text"
                "$1" --root "$5/copied" instantiate barebones-preview > "$4.out"
                """, "sh", store.binary, store.root, tree, export, above,
            ], environment: store.environment
        ).wait()
        #expect(result.status == 0, "\(result.error)")
        let found = try python(
            """
            count = 0
            for root in 'root', 'imported', 'copied':
                store = sys.argv[1] + '/' + root + '/nodeos/store'
                for item in os.listdir(store):
                    if item.startswith('.'): continue
                    for path, folders, files in list(os.walk(store + '/' + item)) or [(store, [], [item])]:
                        for name in files + folders + ([''] if path != store else []):
                            file = path + '/' + name
                            count += 1
                            if os.listxattr(file, follow_symlinks=False): print(file)
            assert count > 20
            """, above)
        #expect(found.output.isEmpty, "\(found.output)")
    }
}
