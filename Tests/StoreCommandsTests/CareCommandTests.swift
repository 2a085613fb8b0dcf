import Foundation
import Primitives
import StoreCommands
import TestSupport
import Testing

/// `gc`, `roots`, `verify`, `export`, `import`, `copy`.
@Suite struct CareCommandTests {
    let fixture: CommandFixture
    private let hello = "/nodeos/store/2j4s87fjdzwlixi17230c3kgxihm6g6m-hello.txt"

    init() async throws {
        fixture = try CommandFixture()
        try fixture.directory.write("hola\n", to: "hello.txt")
        #expect(await fixture.run(["add", "hello.txt"]).text == hello + "\n")
    }

    private var real: String { fixture.root + hello }

    @Test func collecting() async throws {
        let planned = await fixture.run(["gc", "--dry-run"])
        #expect(planned.text == hello + "\n")
        #expect(planned.errors == "would delete 1 path, 120 B\n")
        let json = try await fixture.run(["gc", "--dry-run", "--json"]).json
        #expect(json["size"] == .integer(120))
        #expect(FileManager.default.fileExists(atPath: real))
        let kept = await fixture.run(["gc", "--max-size", "1kB"])
        #expect(kept.errors == "deleted 0 paths, 0 B\n")
        let done = await fixture.run(["gc"])
        #expect(done.status == .success)
        #expect(done.errors == "deleted 1 path, 120 B\n")
        #expect(!FileManager.default.fileExists(atPath: real))
    }

    @Test func whatIsLiveAndWhy() async throws {
        let roots = fixture.root + "/nodeos/var/nodeos/gcroots"
        try FileManager.default.createSymbolicLink(
            atPath: roots + "/system", withDestinationPath: real)
        #expect(
            await fixture.run(["gc", "--print-live"]).text
                == "\(hello) kept by the root '\(roots)/system'\n")
        #expect(await fixture.run(["gc", "--print-dead"]).text == "")
        #expect(
            await fixture.run(["roots"]).text == "\(roots)/system -> \(hello)\n")
        #expect(await fixture.run(["gc", "--print-roots"]).text.contains("gcroots/system"))
        let refused = await fixture.run(["gc", "--delete", hello])
        #expect(refused.status == .failure)
        #expect(refused.errors.contains("\(roots)/system"))
        #expect(FileManager.default.fileExists(atPath: real))
        try FileManager.default.removeItem(atPath: roots + "/system")
        #expect(await fixture.run(["gc", "--print-dead"]).text == hello + "\n")
        #expect(await fixture.run(["gc", "--delete", hello]).text == hello + "\n")
        try FileManager.default.createSymbolicLink(
            atPath: roots + "/system", withDestinationPath: real)
        #expect(
            await fixture.run(["roots"]).text
                == "\(roots)/system -> \(hello) (stale: the path is not valid)\n")
    }

    @Test(arguments: [
        ["gc", "--max-freed", "much"], ["gc", "--keep-used", "14"],
        ["gc", "--delete", "x", "--max-freed", "1G"], ["copy", "x"],
        ["copy", "--to", "a", "--from", "b", "x"],
    ]) func wrongCommandLines(arguments: [String]) async {
        #expect(await fixture.run(arguments).status == .usage)
    }

    @Test func verifying() async throws {
        let whole = await fixture.run(["verify", "--check-contents"])
        #expect(whole.status == .success)
        #expect(whole.text == "")
        #expect(whole.errors == "1 valid paths: no damage\n")
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: real)
        try Data("evil\n".utf8).write(to: URL(filePath: real))
        #expect(await fixture.run(["verify"]).status == .success)
        let altered = await fixture.run(["verify", "--check-contents"])
        #expect(altered.status == .failure)
        #expect(altered.lines.count == 2)
        #expect(altered.lines.last?.hasPrefix("metadata: \(hello): it has mode 0644") == true)
        #expect(altered.text.hasPrefix("altered: \(hello): "))
        let json = try await fixture.run(["verify", "--check-contents", "--json"]).json
        #expect(json["findings"]?.array?.first?["kind"] == .string("altered"))
    }

    @Test func exportingAndImporting() async throws {
        let stream = await fixture.run(["export", "--closure", hello])
        #expect(stream.errors == "")
        let other = ["NODEOS_ROOT": fixture.directory.file("other")]
        let imported = await fixture.run(["import"], input: stream.output, environment: other)
        #expect(imported.errors == "")
        #expect(imported.text == hello + "\n")
        let again = await fixture.run(["export", hello], environment: other)
        #expect(again.output == stream.output)
    }

    @Test func copying() async throws {
        let copied = await fixture.run(["copy", "--to", "other", hello])
        #expect(copied.errors == "")
        #expect(copied.text == hello + "\n")
        #expect(await fixture.run(["copy", "--to", "other", hello]).text == "")
        let third = ["NODEOS_ROOT": fixture.directory.file("third")]
        let back = await fixture.run(["copy", "--from", "other", hello], environment: third)
        #expect(back.text == hello + "\n")
        #expect(
            await fixture.run(["verify", "--check-contents"], environment: third).status == .success
        )
    }
}
