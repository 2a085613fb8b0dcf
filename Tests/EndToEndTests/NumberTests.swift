import Foundation
import Primitives
import StoreModel
import TestSupport
import Testing

/// Numbers near the ends of their types, in derivations, databases and options: an answer
/// or an error, never the end of the program by a signal.
@Suite struct NumberTests {
    @Test func sizesOfDownloadsAreAddedUp() throws {
        var store = try StoreFixture()
        let file = try store.directory.write("text", to: "file")
        for size in ["18446744073709551615", "1152921504606846976"] {
            let inputs = try (0..<20).map { number in
                try store.add(
                    Derivation(
                        name: "fetch-\(number)",
                        outputs: ["out": try StoreFixture.fixed("fetch-\(number)", .hash("text"))],
                        system: "builtin", builder: "builtin:fetchurl",
                        environment: [
                            "name": ByteString("fetch-\(number)"), "size": ByteString(size),
                            "url": ByteString("file://" + file),
                        ]))
            }
            let item = try store.derive("user", "echo \(size) > $out", inputs: inputs)
            #expect(try store.run("realise", "--dry-run", item.drv).status == 0)
            #expect(try store.run("sources", item.drv).status == 0)
            #expect(try store.run("sources", "--json", item.drv).status == 0)
            #expect(try store.run("graph", item.drv).status == 0)
            #expect(try store.run("realise", item.drv).status < 120)
        }
        for size in ["-1", "1152921504606846977"] {
            let odd = try store.add(
                Derivation(
                    name: "odd", outputs: ["out": try StoreFixture.fixed("odd", .hash("text"))],
                    system: "builtin", builder: "builtin:fetchurl",
                    environment: [
                        "name": "odd", "size": ByteString(size),
                        "url": ByteString("file://" + file),
                    ]))
            let message = try store.failure(1, odd.drv)
            #expect(
                message.contains("its size '\(size)' is not a number of bytes up to 2^60"),
                "\(message)")
        }
    }

    static let options = [
        ["--timeout", "nan"], ["--timeout", "1e300"], ["--timeout", "inf"], ["--timeout", "-1"],
        ["--max-silent-time", "nan"], ["--max-silent-time", "1e19"], ["--max-silent-time", "0"],
        ["--jobs", "9223372036854775807"], ["--downloads", "9223372036854775807"],
        ["--jobs", "9223372036854775808"], ["--cores", "-1"], ["--rounds", "0"],
    ]

    @Test(arguments: options) func optionsThatAreNoNumbersOfUse(options: [String]) throws {
        let store = try StoreFixture(withTools: false)
        let result = try store.start(["realise", "x.drv"] + options).wait()
        #expect(result.status == 2, "\(result.error)")
        #expect(result.error.contains(options[0]), "\(result.error)")
    }

    @Test func optionsThatAreLargeAreFine() throws {
        var store = try StoreFixture()
        let item = try store.derive("item", "echo x > $out")
        for options in [
            ["--timeout", "1e9"], ["--max-silent-time", "999999999"], ["--jobs", "100000"],
            ["--cores", "9223372036854775807"], ["--max-log-size", "18446744073709551615"],
            ["--downloads", "100000"],
        ] {
            let result = try store.start(["realise", item.drv, "--check"] + options).wait()
            #expect(result.status == 0, "\(options): \(result.error)")
        }
        for arguments in [
            ["gc", "--dry-run", "--max-freed", "18446744073709551615"],
            ["gc", "--dry-run", "--max-size", "18446744073709551615"],
            ["gc", "--dry-run", "--free-space", "18446744073709551615"],
            ["gc", "--dry-run", "--keep-used", "9223372036854775807s"],
        ] {
            let result = try store.start(arguments).wait()
            #expect(result.status == 0, "\(arguments): \(result.error)")
        }
    }

    @Test func databasesMaySayAnything() throws {
        var store = try StoreFixture()
        let one = try store.derive("one", "echo one > $out")
        let two = try store.derive("two", "echo \(one.output()) > $out", inputs: [one])
        try store.realise(two)
        let sqlite = try ChildProcess(
            [
                "sqlite3", store.real("/nodeos/var/nodeos/db/db.sqlite"),
                """
                UPDATE path SET nar_size = 9223372036854775807, registration_time = -9223372036854775807,
                    last_use_time = 9223372036854775807;
                UPDATE build SET start_time = -9223372036854775807, stop_time = 9223372036854775807,
                    user_time = 9223372036854775807, system_time = 9223372036854775807,
                    peak_memory = 9223372036854775807;
                """,
            ], environment: store.environment)
        guard try sqlite.wait().status == 0 else { try Test.cancel("sqlite3 is not installed") }
        let out = two.output()
        for arguments in [
            ["size", out], ["size", "--dominators", out], ["query", "closure-size", out],
            ["query", "info", out], ["query", "tree", out], ["gc", "--dry-run"],
            ["gc", "--dry-run", "--max-size", "1"], ["graph", "--references", out],
            ["graph", "--critical-path", two.drv], ["graph", "--format", "html", two.drv],
            ["log", "--json", two.drv], ["realise", "--check", "--dry-run", two.drv],
            ["realise", "--check", two.drv], ["audit", "manifest", out],
            ["diff-closures", one.output(), out],
            ["query", "size", out], ["verify"], ["db", "check"], ["export", out],
        ] {
            let result = try store.start(arguments).wait()
            #expect(result.status < 120, "\(arguments): \(result.status) \(result.error)")
        }
    }
}
