import Foundation
import Glibc
import TestSupport
import Testing

/// A builder that takes all memory: in a control group that has little of it, so that
/// the machine of the test lives.
@Suite(.timeLimit(.minutes(40))) struct MemoryTests {
    @Test func aBuilderThatTakesAllMemory() throws {
        let group = try MemoryGroup.make(bytes: 200_000_000)
        var store = try StoreFixture()
        let hog = try store.derive("hog", "sort /dev/zero > $out")
        let fine = try store.derive("fine", "echo fine > $out")
        let script = "echo $$ > \"$3/cgroup.procs\"; exec \"$1\" --root \"$2\" realise -k $4 $5"
        let result = try ChildProcess(
            ["sh", "-euc", script, "sh", store.binary, store.root, group.path, hog.drv, fine.drv],
            environment: store.environment
        ).wait()
        #expect(result.status == 100, "\(result.error)")
        #expect(result.error.contains("killed by signal 9 (memory ended meanwhile"))
        #expect(try store.isValid(fine.output()) && !store.isValid(hog.output()))
        try store.succeed("verify", "--check-contents")
        #expect(store.scratch() == [])
    }

    /// What takes most is killed in any case: this is for when others have more.
    @Test func buildsAreOfferedFirst() throws {
        var store = try StoreFixture()
        let item = try store.derive("offered", "cat /proc/self/oom_score_adj > $out")
        try store.realise(item)
        let score = try store.contents(item.output()).trimmingCharacters(in: .newlines)
        #expect(try #require(Int(score)) >= 500)
    }
}

/// A control group with little memory, removed in the end.
private final class MemoryGroup {
    let path: String

    private init(path: String) { self.path = path }

    /// Makes one; cancels the test where that cannot be.
    static func make(bytes: Int) throws -> MemoryGroup {
        let groups = (try? String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8)) ?? ""
        for line in groups.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            let isFirst = parts[1] == "memory"
            guard isFirst || parts[1].isEmpty else { continue }
            let top = "/sys/fs/cgroup" + (isFirst ? "/memory" : "")
            let limit = isFirst ? "memory.limit_in_bytes" : "memory.max"
            for parent in [top + parts[2], top] {
                let path = "\(parent)/nodeos-test-\(getpid())"
                guard unsafe mkdir(path, 0o755) == 0 else { continue }
                let group = MemoryGroup(path: path)
                if (try? "\(bytes)".write(
                    toFile: "\(path)/\(limit)", atomically: false, encoding: .utf8)) != nil
                {
                    return group
                }
            }
        }
        try Test.cancel("no control group with a memory limit can be made here")
    }

    deinit {
        // Its last process may still be going.
        for _ in 0..<50 where unsafe rmdir(path) != 0 && errno == EBUSY { usleep(20_000) }
    }
}
