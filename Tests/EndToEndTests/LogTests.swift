import Foundation
import TestSupport
import Testing

/// The logs of builds that run, were killed, or never were.
@Suite struct LogTests {
    /// A builder that speaks, waits for `/build/go`, speaks again.
    private static let waiting =
        "echo one; printf two; while [ ! -e /build/go ]; do sleep 0.05; done; echo three; echo > $out"

    /// The log so far, when it has all of `text`.
    private func waitForLog(_ text: String, _ store: StoreFixture, _ item: StoreFixture.Item) throws
    {
        try waitUntil("the log has '\(text)'") {
            try store.run("log", item.drv).output == text
        }
    }

    private func letGo(_ store: StoreFixture) throws {
        // What is kept from one build to the next is no build's own.
        for name in store.scratch() where !name.hasPrefix("view-") {
            try Data().write(
                to: URL(filePath: store.real("/nodeos/store/.builds/\(name)/build/go")))
        }
    }

    @Test func aRunningBuildsLogIsThere() throws {
        var store = try StoreFixture()
        let item = try store.derive("speaker", Self.waiting)
        let build = try store.start(["realise", item.drv])
        try waitForLog("one\ntwo", store, item)
        for name in [item.drv, item.output()] {
            let result = try store.run("log", name)
            #expect(result.status == 0)
            // An output's derivation is known when there is a log of it.
            #expect(result.output == "one\ntwo")
            #expect(result.error.contains("is still running"))
        }
        let follower = try store.start(["log", "--follow", item.drv])
        try waitUntil("the follower has read") { follower.output == "one\ntwo" }
        // Another who wants the same waits, and says so.
        let second = try store.start(["realise", item.drv])
        try waitUntil("the second waits") {
            second.error.contains("waiting for the lock of 'speaker'")
        }
        try letGo(store)
        #expect(try build.wait().status == 0)
        #expect(try second.wait().status == 0)
        let followed = try follower.wait()
        #expect(followed.status == 0)
        #expect(followed.output == "one\ntwothree\n")
        #expect(followed.error == "")
        let finished = try store.succeed("log", item.drv)
        #expect(finished.output == "one\ntwothree\n")
        #expect(finished.error == "")
        // Of what has ended there is nothing to follow.
        #expect(try store.succeed("log", "-f", item.drv).output == finished.output)
    }

    /// What is more than the plain file may hold is seen at the end.
    @Test func aLongLogIsFollowedToItsEnd() throws {
        var store = try StoreFixture()
        let item = try store.derive(
            "flood", "seq 3000000; " + Self.waiting)
        let build = try store.start(["realise", item.drv])
        let follower = try store.start(["log", "--follow", item.drv])
        // The follower may have come before the build.
        if case let early = try? follower.wait(limit: 1), early?.status == 1 { return }
        try waitUntil("the builder waits") { store.scratch().count == 1 }
        try letGo(store)
        #expect(try build.wait().status == 0)
        let whole = try store.succeed("log", item.drv).output
        #expect(whole.hasSuffix("3000000\none\ntwothree\n"))
        #expect(try follower.wait().output == whole)
    }

    @Test func aKilledBuildsLogIsWhatItHadPrinted() throws {
        var store = try StoreFixture()
        let item = try store.derive("victim", Self.waiting)
        let build = try store.start(["realise", item.drv])
        try waitForLog("one\ntwo", store, item)
        build.send(SIGKILL)
        _ = try build.wait()
        let result = try store.run("log", item.drv)
        #expect(result.status == 0)
        #expect(result.output == "one\ntwo")
        #expect(result.error.contains("was killed"), "\(result.error)")
        #expect(try store.run("log", "--follow", item.drv).output == "one\ntwo")
        // The next one begins anew.
        let again = try store.start(["realise", item.drv])
        try waitUntil("it runs") { try store.run("log", item.drv).error.contains("still running") }
        try letGo(store)
        #expect(try again.wait().status == 0)
        #expect(try store.run("log", item.drv).output == "one\ntwothree\n")
    }

    @Test func aFailedBuildsLogIsKept() throws {
        var store = try StoreFixture()
        let item = try store.derive("failing", "echo why; exit 3")
        _ = try store.failure(100, item.drv)
        let result = try store.succeed("log", item.drv)
        #expect(result.output == "why\n")
        #expect(result.error == "")
    }

    @Test func whyThereIsNone() throws {
        let scene = try SubstitutionScene("logless")
        let cache = try scene.cache()
        let last = scene.chain[2]
        #expect(
            try scene.user.run("log", last.drv).error.contains("it was never built here"))
        #expect(try scene.realise([cache.url], last.drv).status == 0)
        for name in [last.drv, last.output()] {
            let result = try scene.user.run("log", name)
            #expect(result.status == 1)
            #expect(result.output == "")
            #expect(result.error.contains("it was fetched from '\(cache.url)"), "\(result.error)")
        }
        let other = try StoreFixture(withTools: false)
        try scene.builder.succeed("copy", "--to", other.root, last.output())
        #expect(try other.run("log", last.output()).error.contains("were brought here"))
    }
}
