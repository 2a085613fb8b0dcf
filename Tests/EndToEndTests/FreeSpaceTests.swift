import Foundation
import Glibc
import Primitives
import TestSupport
import Testing

/// Collecting while something is realised (`--min-free`, `--max-free`).
@Suite(.timeLimit(.minutes(40))) struct FreeSpaceTests {
    /// What is free where the store lies, in bytes; more than that is always too little.
    private func free(_ store: StoreFixture) -> UInt64 {
        var status = statvfs()
        guard unsafe statvfs(store.directory.path, &status) == 0 else { return 0 }
        return UInt64(status.f_bavail) * UInt64(status.f_frsize)
    }

    @Test func littleSpaceIsMadeMore() throws {
        var store = try StoreFixture()
        let dead = try store.derive("dead", "head -c 3000000 /dev/zero > $out")
        let kept = try store.derive("kept", "echo kept > $out")
        let input = try store.derive("input", "echo input > $out")
        try store.realise(dead)
        try store.realise(kept, "--add-root", store.directory.file("kept"))
        try store.realise(input)
        let item = try store.derive("user", "cat \(input.output()) > $out", inputs: [input])
        // Enough is free: nothing is deleted.
        try store.realise(item, "--min-free", "1")
        #expect(try store.isValid(dead.output()))
        try store.succeed("gc", "--delete", item.output())
        let more = "\(free(store) * 2)"
        let result = try store.start(["realise", item.drv, "--min-free", more]).wait()
        #expect(result.status == 0, "\(result.error)")
        #expect(result.error.contains("little space is free: deleted "), "\(result.error)")
        #expect(try !store.isValid(dead.output()))
        for item in [kept, item] { #expect(try store.isValid(item.output())) }
        #expect(try store.isValid(input.output()), "what the run uses")
        try store.succeed("verify", "--check-contents")
    }

    @Test func limitsThatMeanNothing() throws {
        let store = try StoreFixture(withTools: false)
        for options in [["--max-free", "1G"], ["--min-free", "2G", "--max-free", "1G"]] {
            let result = try store.start(["realise"] + options + ["x.drv"]).wait()
            #expect(result.status == 2 && result.error.contains("--max-free"), "\(result.error)")
        }
    }
}
