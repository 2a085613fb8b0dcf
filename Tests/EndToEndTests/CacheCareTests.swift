import Foundation
import Glibc
import Primitives
import StoreModel
import TestSupport
import Testing

/// `cache verify` and `cache gc`.
@Suite(.timeLimit(.minutes(40))) struct CacheCareTests {
    let scene: GivingTests.Scene

    init() throws {
        scene = try GivingTests.Scene(count: 4)
        try scene.store.succeed(
            "copy", "--to", scene.url, "--sign", scene.secret, scene.paths[0])
    }

    private func file(_ path: String) throws -> String {
        "\(scene.cache)/\(try StoreDirectory.nodeos.parse(path).hashPart).narinfo"
    }

    private func verify(_ arguments: String...) throws -> ChildProcess.Result {
        try scene.store.start(["cache", "verify", scene.cache] + arguments).wait()
    }

    @Test func damageIsFound() throws {
        #expect(try verify("--trusted-key", scene.key).status == 0)
        let narInfo = try scene.narInfo(scene.paths[1])
        let nar = "\(scene.cache)/\(narInfo.url)"
        let whole = try Data(contentsOf: URL(filePath: nar))
        for position in [0, whole.count / 2, whole.count - 1] {
            var damaged = whole
            damaged[position] ^= 1
            try damaged.write(to: URL(filePath: nar))
            let result = try verify()
            #expect(result.status == 1, "byte \(position)")
            #expect(result.output.hasPrefix("altered: \(scene.paths[1]): "), "\(result.output)")
            #expect(try verify("--no-check-contents").status == 0, "it looks at sizes only")
        }
        try whole.dropLast().write(to: URL(filePath: nar))
        #expect(try verify().output.hasPrefix("altered: \(scene.paths[1]): "))
        try (whole + Data([0])).write(to: URL(filePath: nar))
        #expect(try verify().output.hasPrefix("altered: \(scene.paths[1]): "))
        try FileManager.default.removeItem(atPath: nar)
        #expect(try verify("--no-check-contents").output.hasPrefix("missing: \(scene.paths[1]): "))
        try whole.write(to: URL(filePath: nar))
        #expect(try verify().status == 0)
    }

    @Test func narinfosAreLookedInto() throws {
        // Another key's, and one that says more than was signed.
        let other = try scene.store.succeed(
            "key", "generate", "cache-1", scene.store.directory.file("other")
        ).lines[0]
        let unsigned = try verify("--trusted-key", other)
        #expect(unsigned.status == 1)
        #expect(unsigned.lines.count == 4)
        #expect(unsigned.lines.allSatisfy { $0.hasPrefix("unsigned: ") })
        let name = try file(scene.paths[3])
        let text = try String(contentsOfFile: name, encoding: .utf8)
        try FileManager.default.removeItem(atPath: name)
        let incomplete = try verify()
        #expect(incomplete.status == 1)
        #expect(incomplete.output.contains("incomplete: \(scene.paths[2]): it refers to"))
        // Its NAR is named by nobody now; that alone is no damage.
        #expect(incomplete.output.contains("leftover: nar/"))
        try text.write(
            toFile: try file(scene.paths[2]), atomically: true, encoding: .utf8)
        #expect(try verify().output.contains("malformed: "))
        try "StorePath: x".write(toFile: name, atomically: true, encoding: .utf8)
        let malformed = try verify("--json")
        #expect(malformed.status == 1)
        #expect(malformed.output.contains("\"malformed\""))
    }

    // MARK: Collection

    private func setAge(_ path: String, days: Int) throws {
        let time = timespec(tv_sec: Glibc.time(nil) - days * 86_400, tv_nsec: 0)
        #expect(unsafe utimensat(AT_FDCWD, try file(path), [time, time], 0) == 0)
    }

    private func collect(_ arguments: String...) throws -> ChildProcess.Result {
        let result = try scene.store.start(["cache", "gc", scene.cache] + arguments).wait()
        #expect(result.status == 0, "\(result.error)")
        return result
    }

    /// What was used longest ago goes first; what something refers to that stays, stays.
    @Test func whatIsOldGoesAndClosuresStayWhole() throws {
        // Before their ages are set: reading is use.
        let nar = try scene.narInfo(scene.paths[0]).url
        // The last of the chain refers to nothing and is the oldest, but all others need it.
        for (path, days) in zip(scene.paths, [1, 20, 30, 40]) { try setAge(path, days: days) }
        let plan = try collect("--max-size", "1", "--keep-used", "10d", "--list")
        #expect(plan.lines.count == 4)
        #expect(plan.lines.allSatisfy { $0.contains("kept: ") })
        #expect(plan.output.contains("by '\(scene.paths[0].dropFirst(14))'"), "\(plan.output)")
        #expect(try collect("--max-size", "1", "--keep-used", "10d").lines == [])
        // Older than all that it refers to: it goes first, and alone when that is enough.
        for (path, days) in zip(scene.paths, [50, 20, 30, 40]) { try setAge(path, days: days) }
        let size = try collect("--dry-run", "--max-size", "1T").error
        #expect(size.contains("would remove 0 paths"), "\(size)")
        let dry = try collect("--dry-run", "--max-size", "1", "--keep-used", "45d")
        #expect(dry.lines == [scene.paths[0]])
        #expect(try scene.isThere(scene.paths[0]))
        #expect(try collect("--max-size", "1", "--keep-used", "45d").lines == [scene.paths[0]])
        #expect(try !scene.isThere(scene.paths[0]))
        #expect(!FileManager.default.fileExists(atPath: "\(scene.cache)/\(nar)"))
        #expect(try verify().status == 0)
        // Whatever the size that may stay, what stays is whole.
        for size in ["900", "600", "300", "0"] {
            _ = try collect("--max-size", size)
            let verified = try verify()
            #expect(verified.status == 0, "\(size): \(verified.output)")
        }
        #expect(try collect("--max-size", "0").error.contains("0 stay"))
        // And it can be filled again.
        try scene.store.succeed("copy", "--to", scene.url, scene.paths[0])
        #expect(try verify().status == 0)
    }

    @Test func whatNothingNamesGoesAfterADay() throws {
        let stray = "\(scene.cache)/nar/stray.nar.xz"
        try "x".write(toFile: stray, atomically: true, encoding: .utf8)
        _ = try collect()
        #expect(FileManager.default.fileExists(atPath: stray))
        let time = timespec(tv_sec: Glibc.time(nil) - 2 * 86_400, tv_nsec: 0)
        #expect(unsafe utimensat(AT_FDCWD, stray, [time, time], 0) == 0)
        #expect(try collect().error.contains("and 1 files that nothing names"))
        #expect(!FileManager.default.fileExists(atPath: stray))
        #expect(try verify().status == 0)
    }

    /// A NAR that two paths share goes with the last of them.
    @Test func sharedNARsStay() throws {
        let twins = try ["one", "two"].map { name in
            let file = try scene.store.directory.write("the same\n", to: name)
            return try scene.store.succeed("add", file).lines[0]
        }
        for twin in twins { try scene.store.succeed("copy", "--to", scene.url, twin) }
        #expect(try scene.narInfo(twins[0]).url == scene.narInfo(twins[1]).url)
        try setAge(twins[0], days: 90)
        #expect(try collect("--max-size", "1", "--keep-used", "60d").lines == [twins[0]])
        #expect(try verify().status == 0)
    }

    /// A narinfo's URL, or a link in the cache, leads nobody to files elsewhere.
    @Test func nothingOutsideIsRemoved() throws {
        let outside = scene.store.directory.file("outside")
        try FileManager.default.createDirectory(
            atPath: outside, withIntermediateDirectories: true)
        let precious = outside + "/precious.nar"
        try "precious".write(toFile: precious, atomically: true, encoding: .utf8)
        try FileManager.default.createSymbolicLink(
            atPath: scene.cache + "/out", withDestinationPath: outside)
        let name = try file(scene.paths[0])
        let narInfo = try scene.narInfo(scene.paths[0])
        let text = try String(contentsOfFile: name, encoding: .utf8)
        try text.replacing(narInfo.url, with: "out/precious.nar").write(
            toFile: name, atomically: true, encoding: .utf8)
        _ = try scene.store.run("cache", "gc", scene.cache, "--max-size", "0")
        #expect(FileManager.default.fileExists(atPath: precious))
    }

    /// A collection waits for who copies: what is being referred to is not taken away.
    @Test func aCollectionWaitsForACopy() throws {
        let descriptor = unsafe open(scene.cache + "/.lock", O_RDWR)
        defer { close(descriptor) }
        #expect(descriptor >= 0 && flock(descriptor, LOCK_SH) == 0)
        let run = try scene.store.start(["cache", "gc", scene.cache, "--max-size", "0"])
        usleep(500_000)
        #expect(try !run.hasEnded())
        #expect(try scene.isThere(scene.paths[0]))
        // Who copies meanwhile is not kept from it.
        try scene.store.succeed("copy", "--to", scene.url, scene.paths[0])
        #expect(flock(descriptor, LOCK_UN) == 0)
        #expect(try run.wait().status == 0)
        #expect(try !scene.isThere(scene.paths[0]))
    }
}
