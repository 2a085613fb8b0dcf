import Foundation
import Glibc
import TestSupport
import Testing

/// Collections in which a call fails by which they look at roots: whichever it is, what a
/// root keeps stays.
///
/// Without `NODEOS_EVERY_CALL` in the environment the calls take turns with the errors, and of those
/// that have to do with no root some are drawn.
@Suite(.timeLimit(.minutes(40))) struct RootFaultTests {
    private static let errors = [EIO, EACCES, EMFILE, ESTALE, ELOOP]

    /// A store in which every kind of root keeps something.
    private struct Scene {
        let store: StoreFixture
        /// What must stay, by what keeps it.
        var kept: [String: String] = [:]
        private(set) var dead = ""
        /// The paths that tell what is kept, as `FAIL_BELOW` has them.
        var places: [String]
        private var processes: [ChildProcess] = []

        init() throws {
            store = try StoreFixture(withTools: false)
            let state = store.real("/nodeos/var/nodeos")
            places = ["\(state)/gcroots", "\(state)/temproots", "\(state)/gc.lock", "=/proc"]
            for kind in ["direct", "nested", "named", "indirect", "temporary", "runtime"] {
                try store.directory.write(kind, to: "trees/\(kind)/file")
                kept[kind] = try store.succeed("add", store.directory.file("trees/\(kind)")).lines[
                    0]
            }
            try makeRoots(state)
        }

        /// Adds what no root keeps.
        mutating func addDead() throws {
            try store.directory.write("dead", to: "trees/dead")
            dead = try store.succeed("add", store.directory.file("trees/dead")).lines[0]
            try forgetEndedProcesses()
        }

        /// A collection does that when it comes so far, and the next makes fewer calls.
        private func forgetEndedProcesses() throws {
            let directory = store.real("/nodeos/var/nodeos/temproots")
            for name in try FileManager.default.contentsOfDirectory(atPath: directory)
            where name != Self.holder {
                try FileManager.default.removeItem(atPath: "\(directory)/\(name)")
            }
        }

        /// The file of the process that uses something.
        private static let holder = "holder"

        private mutating func makeRoots(_ state: String) throws {
            let files = FileManager.default
            let links = store.directory.file("links")
            for directory in [links, state + "/gcroots/profiles"] {
                try files.createDirectory(atPath: directory, withIntermediateDirectories: true)
            }
            for (kind, place) in [("direct", "gcroots/system"), ("nested", "gcroots/profiles/one")]
            {
                try files.createSymbolicLink(
                    atPath: "\(state)/\(place)", withDestinationPath: try path(kind))
            }
            let name = try path("named").split(separator: "/").last.map(String.init) ?? ""
            try Data().write(to: URL(filePath: "\(state)/gcroots/\(name)"))
            try store.succeed("realise", path("indirect"), "--add-root", links + "/result")
            // As a running nodeos-store has it.
            let roots = "\(state)/temproots/\(Self.holder)"
            try Data((path("temporary") + "\0").utf8).write(to: URL(filePath: roots))
            let holder = try start("exec 9<> \"$1\"; flock 9; echo held; exec sleep 1000", roots)
            let reader = try start(
                "exec < \"$1/file\"; echo held; exec sleep 1000", store.real(path("runtime")))
            places += [links, "/proc/\(holder.id)", "/proc/\(reader.id)"]
            try forgetEndedProcesses()
        }

        func path(_ kind: String) throws -> String { try #require(kept[kind]) }

        private mutating func start(_ script: String, _ argument: String) throws -> ChildProcess {
            let process = try ChildProcess(
                ["sh", "-euc", script, "sh", argument], environment: store.environment)
            processes.append(process)
            try waitUntil("it holds '\(argument)'") { process.output.contains("held") }
            return process
        }

        func collect(_ variables: [String: String]) throws -> ChildProcess.Result {
            let library = try FaultLibrary.path("fail-at-call")
            return try store.start(
                ["gc"], adding: variables.merging(["LD_PRELOAD": library]) { $1 }
            ).wait()
        }

        func expectKept(_ comment: Comment) {
            for (kind, path) in kept {
                #expect(
                    FileManager.default.fileExists(atPath: store.real(path) + "/file"),
                    "\(kind): \(comment)")
            }
        }
    }

    /// The calls of a collection that has nothing to delete yet; those about `places`, or all.
    private func calls(_ scene: Scene, below places: String) throws -> [String] {
        let log = scene.store.directory.file("log")
        let result = try scene.collect(["FAIL_BELOW": places, "FAIL_LOG": log])
        #expect(result.status == 0, "\(result.error)")
        return try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n").map {
            String($0)
        }
    }

    @Test func whateverCannotBeReadOfTheRoots() throws {
        var scene = try Scene()
        let places = scene.places.joined(separator: ":")
        let log = try calls(scene, below: places)
        try #require(log.count > 40, "\(log)")
        try scene.addDead()
        let everything = ProcessInfo.processInfo.environment["NODEOS_EVERY_CALL"] != nil
        for (index, call) in log.enumerated() {
            let errors = everything ? Self.errors : [Self.errors[index % Self.errors.count]]
            for code in errors {
                let moment: Comment = "with \(code) fails of \(log.count) calls: \(call)"
                let result = try scene.collect([
                    "FAIL_AT": "\(index + 1)", "FAIL_WITH": "\(code)", "FAIL_BELOW": places,
                ])
                #expect(result.status == 1, "\(moment): \(result.output) \(result.error)")
                #expect(result.output.isEmpty, moment)
                scene.expectKept(moment)
                #expect(
                    FileManager.default.fileExists(atPath: scene.store.real(scene.dead)), moment)
            }
        }
        let result = try scene.store.succeed("gc")
        #expect(result.lines == [scene.dead])
        scene.expectKept("in the end")
        try scene.store.succeed("verify", "--check-contents")
    }

    /// Also where the call has to do with the database, the store directory or the machine.
    @Test func whateverFails() throws {
        var scene = try Scene()
        let total = try calls(scene, below: "").count
        try #require(total > 100)
        try scene.addDead()
        let everything = ProcessInfo.processInfo.environment["NODEOS_EVERY_CALL"] != nil
        var generator = TestSeed.generator()
        let drawn =
            everything
            ? Array(1...total) : (1...total).shuffled(using: &generator).prefix(12).sorted()
        for number in drawn {
            for variables in [["FAIL_WITH": "\(EIO)"], ["FAIL_WITH": "\(EMFILE)", "FAIL_ON": "1"]] {
                let result = try scene.collect(
                    variables.merging(["FAIL_AT": "\(number)"]) { $1 })
                scene.expectKept(
                    "call \(number) of \(total), \(variables) (\(TestSeed.shown)): \(result.error)")
            }
        }
        try scene.store.succeed("gc")
        scene.expectKept("in the end")
        try scene.store.succeed("verify", "--check-contents")
    }
}
