import Foundation
import Glibc
import Primitives
import StoreModel
import TestSupport
import Testing

/// Bytes that a path's own name refutes, or the derivation of a fixed output, by every way
/// in.
@Suite(.timeLimit(.minutes(40))) struct ProvenContentsTests {
    /// A fixed output whose contents should be `right`.
    struct Kind: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let method: ContentAddressMethod
        let algorithm: HashAlgorithm

        static let all = [
            Kind(testDescription: "flat", method: .flat, algorithm: .sha256),
            Kind(testDescription: "flat SHA-512", method: .flat, algorithm: .sha512),
            Kind(testDescription: "recursive", method: .recursive, algorithm: .sha256),
            Kind(testDescription: "recursive SHA-1", method: .recursive, algorithm: .sha1),
        ]
    }

    private var store: StoreFixture
    /// A valid item of wrong contents, with a name as long as the fixed output's.
    private let wrong: String

    init() throws {
        store = try StoreFixture(withTools: false)
        try store.directory.write("wrong", to: "wrong/item")
        try store.directory.write("right", to: "right/item")
        wrong = try store.succeed("add", store.directory.file("wrong/item")).lines[0]
    }

    /// A derivation whose one output has to be the file "right".
    private mutating func derivation(_ kind: Kind) throws -> StoreFixture.Item {
        // A NAR of a small file, by hand.
        var nar: [UInt8] = []
        for text in ["nix-archive-1", "(", "type", "regular", "contents", "right", ")"] {
            let count = UInt64(text.utf8.count)
            nar += (0..<8).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) }
            nar += Array(text.utf8) + [UInt8](repeating: 0, count: 7 & -text.utf8.count)
        }
        let digest =
            kind.method == .flat
            ? Digest.hash("right", kind.algorithm) : Digest.hash(nar, kind.algorithm)
        let path = try StoreDirectory.nodeos.fixedOutputPath(
            name: "item", method: kind.method, digest: digest)
        return try store.filledIn(
            Derivation(
                name: "item",
                outputs: ["out": .fixed(path, method: kind.method, digest: digest)],
                system: "builtin", builder: "builtin:fetchurl",
                environment: ["name": "item", "url": "file:///nowhere"]))
    }

    private func learn(_ item: StoreFixture.Item) throws -> ChildProcess.Result {
        let file = store.directory.file(item.baseName)
        try Data(item.text).write(to: URL(filePath: file))
        return try store.run("derivation", "add", file)
    }

    /// A stream that says that the wrong contents are `output`.
    private func lie(_ output: String, of path: String? = nil) throws -> String {
        try store.succeed("export", path ?? wrong).output.replacing(path ?? wrong, with: output)
    }

    @Test(arguments: Kind.all) func anImportOfWrongContents(kind: Kind) throws {
        var scene = self
        let item = try scene.derivation(kind)
        #expect(try learn(item).status == 0)
        let refused = try store.run("import", input: try lie(item.output()))
        #expect(refused.status == 1)
        #expect(refused.error.contains("is not what it claims"), "\(refused.error)")
        #expect(refused.error.contains(item.output().dropFirst(14)), "\(refused.error)")
        #expect(try !store.isValid(item.output()))
        #expect(try store.strays() == [])
        // The right ones.
        let right = try store.succeed("add", store.directory.file("right/item")).lines[0]
        try store.succeed("import", input: try lie(item.output(), of: right))
        #expect(try store.isValid(item.output()))
        #expect(try store.succeed("verify", "--check-contents").output.isEmpty)
    }

    /// The derivation comes later, or in the same stream.
    @Test(arguments: Kind.all) func wrongContentsBeforeTheirDerivation(kind: Kind) throws {
        var scene = self
        let item = try scene.derivation(kind)
        try store.succeed("import", input: try lie(item.output()))
        let refused = try learn(item)
        #expect(refused.status == 1)
        #expect(refused.error.contains("gc --delete"), "\(refused.error)")
        #expect(try !store.isValid(item.drv))
        try store.succeed("gc", "--delete", item.output())
        #expect(try learn(item).status == 0)
    }

    /// What an older program let in.
    private func makeFalselyValid(_ item: StoreFixture.Item, in root: String) throws {
        let output = String(item.output().dropFirst("/nodeos/store/".count))
        let old = String(wrong.dropFirst("/nodeos/store/".count))
        let script = """
            cd "$1/nodeos/var/nodeos"
            sqlite3 db/db.sqlite "UPDATE path SET base_name = '$3', content_address = NULL
                WHERE base_name = '$2'" || exit 77
            sed "s/$2/$3/; /^CA: /d" registrations/$(echo $2 | cut -c -32).narinfo \\
                > registrations/$(echo $3 | cut -c -32).narinfo
            rm registrations/$(echo $2 | cut -c -32).narinfo
            mv "$1/nodeos/store/$2" "$1/nodeos/store/$3"
            """
        let result = try ChildProcess(
            ["sh", "-euc", script, "sh", root, old, output], environment: store.environment
        ).wait()
        if result.status == 77 { try Test.cancel("sqlite3 is not installed") }
        #expect(result.status == 0, "\(result.error)")
    }

    @Test(arguments: Kind.all) func wrongContentsThatAreValid(kind: Kind) throws {
        var scene = self
        let item = try scene.derivation(kind)
        #expect(try learn(item).status == 0)
        let other = store.directory.file("other")
        try FaultInjectionTests.copy(store.root, to: other)
        try makeFalselyValid(item, in: other)
        let refused = try store.run("copy", "--from", other, item.output())
        #expect(refused.status == 1)
        #expect(refused.error.contains("is not what it claims"), "\(refused.error)")
        #expect(try !store.isValid(item.output()))

        try makeFalselyValid(item, in: store.root)
        let found = try store.run("verify", "--check-contents")
        #expect(found.status == 1)
        #expect(found.lines.count == 1)
        #expect(found.output.hasPrefix("altered: \(item.output()): "), "\(found.output)")
        #expect(found.output.contains("the derivation '\(item.baseName)' states"))
        let places = store.directory.file("places")
        for (name, status) in [("wrong", Int32(1)), ("right", 0)] {
            try store.directory.write(
                name, to: "places/\(item.output().dropFirst("/nodeos/store/".count))")
            let repaired = try store.run(
                "verify", "--check-contents", "--repair", "--from", places)
            #expect(repaired.status == status, "\(name): \(repaired.output) \(repaired.error)")
        }
        #expect(try store.contents(item.output()) == "right")
        #expect(try store.succeed("verify", "--check-contents").output.isEmpty)
        #expect(try store.succeed("db", "check").output.isEmpty)
    }

    /// Registrations, or what lies there without, are no proof.
    @Test(arguments: Kind.all) func aRebuildBelievesNoWrongContents(kind: Kind) throws {
        var scene = self
        let item = try scene.derivation(kind)
        #expect(try learn(item).status == 0)
        try makeFalselyValid(item, in: store.root)
        for options in [[], ["--infer"]] {
            let remove = options.isEmpty ? "true" : "rm -r \"$1/registrations\""
            let lost = try ChildProcess(
                ["sh", "-euc", "rm \"$1/db/\"*; \(remove)", "sh"]
                    + [store.real("/nodeos/var/nodeos")], environment: store.environment
            ).wait()
            #expect(lost.status == 0)
            let result = try store.start(["db", "rebuild"] + options).wait()
            #expect(result.status == 1)
            #expect(result.output.contains("lost: \(item.output())"), "\(result.output)")
            #expect(try !store.isValid(item.output()))
            #expect(try store.isValid(item.drv))
        }
    }

    /// A content address that says nothing of the path.
    @Test func addressesThatLie() throws {
        let database = store.real("/nodeos/var/nodeos/db/db.sqlite")
        let digest = Digest.hash("anything").prefixedNix32
        let forged = try? ChildProcess(
            ["sqlite3", database, "UPDATE path SET content_address = 'fixed:r:\(digest)'"],
            environment: store.environment
        ).wait()
        guard forged?.status == 0 else { try Test.cancel("sqlite3 is not installed") }
        let found = try store.run("verify", "--check-contents")
        #expect(found.status == 1)
        #expect(found.output.contains("is that of another path"), "\(found.output)")
        let refused = try store.run("copy", "--to", store.directory.file("other"), wrong)
        #expect(refused.status == 1)
        #expect(refused.error.contains("the content address 'fixed:r:\(digest)'"))
    }
}
