import Foundation
import Primitives
import StoreModel
import TestSupport
import Testing

/// Failures that are remembered (`--cache-failures`).
@Suite(.timeLimit(.minutes(40))) struct RememberedFailureTests {
    @Test func whatFailedIsNotBuiltAgain() throws {
        var store = try StoreFixture()
        let bad = try store.derive("bad", "echo tried; exit 3")
        let user = try store.derive("user", "cat \(bad.output()) > $out", inputs: [bad])
        let fine = try store.derive("fine", "echo fine > $out")
        let flags = ["--cache-failures", "--keep-going", "--log-format", "raw"]
        func run(_ more: [String] = []) throws -> ChildProcess.Result {
            try store.start(["realise", user.drv, fine.drv] + flags + more).wait()
        }
        let first = try run()
        #expect(first.status == 100 && first.error.contains("bad> tried"), "\(first.error)")
        let second = try run()
        #expect(second.status == 100 && !second.error.contains("bad> tried"), "\(second.error)")
        #expect(second.error.contains("failed before, at 20"))
        #expect(second.error.contains(" failures --clear \(bad.baseName)"))
        #expect(try store.isValid(fine.output()))
        // Without the option all is tried.
        let third = try store.run("realise", bad.drv, "--log-format", "raw")
        #expect(third.status == 100 && third.error.contains("bad> tried"))
        #expect(try store.succeed("failures").lines == [bad.drv])
        #expect(try store.succeed("failures", fine.drv).lines == [])
        #expect(try store.succeed("failures", "--json").output.contains("\"failed\""))
        #expect(try store.succeed("failures", "--clear", bad.drv).lines == [bad.drv])
        #expect(try store.succeed("failures").lines == [])
        #expect(try run().error.contains("bad> tried"))
    }

    /// What may end otherwise another time is tried again.
    @Test func whatIsNotTheBuildersFaultIsTriedAgain() throws {
        var store = try StoreFixture()
        let slow = try store.derive("slow", "echo tried; sleep 1000")
        let fixed = try store.derive("fixed", "echo tried; echo wrong > $out") {
            $0.outputs["out"] = try StoreFixture.fixed("fixed", .hash("right\n"))
        }
        for (item, status) in [(slow, Int32(101)), (fixed, 102)] {
            for _ in 0..<2 {
                let message = try store.failure(
                    status, item.drv, "--cache-failures", "--timeout", "2", "--log-format", "raw")
                #expect(message.contains("> tried"))
            }
        }
        #expect(try store.succeed("failures").lines == [])
    }
}
