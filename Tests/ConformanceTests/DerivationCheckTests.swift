import Foundation
import Primitives
import StoreCommands
import StoreModel
import Synchronization
import Testing

/// `derivation check` on what the real Nix wrote, and on what somebody changed afterwards.
@Suite struct DerivationCheckTests {
    let nix: RealNix

    init() throws {
        nix = try RealNix()
        try nix.instantiate("graph")
    }

    private func check(_ arguments: [String]) async throws -> (
        status: StoreCommands.ExitStatus, text: String
    ) {
        let text = Mutex([UInt8]())
        let output = CommandOutput(isTerminal: false) { bytes in
            let copy = bytes.copied()
            text.withLock { $0 += copy }
        }
        let context = CommandContext(
            environment: [:], workingDirectory: nix.directory, input: CommandInput { _ in 0 },
            output: output,
            errorOutput: output, now: { 0 })
        let status = await NodeosStoreCommand.run(["derivation", "check"] + arguments, in: context)
        return (status, text.withLock { String(decoding: $0, as: UTF8.self) })
    }

    private func name(_ suffix: String) throws -> String {
        try #require(try nix.derivationNames().first { $0.dropFirst(33) == suffix })
    }

    private func write(_ baseName: String, _ bytes: [UInt8]) throws {
        let url = URL(filePath: "\(nix.store)/\(baseName)")
        try? FileManager.default.removeItem(at: url)
        try Data(bytes).write(to: url)
    }

    @Test func everythingOfNixIsRight() async throws {
        try nix.instantiate("odd")
        let count = try nix.derivationNames().count
        for arguments in [[nix.store], ["--store-dir", "/nix/store", nix.store], ["root"]] {
            let answer = try await check(arguments)
            #expect(answer.status == .success)
            #expect(
                answer.text
                    == "\(count) derivations: \(count) right, 0 different, 0 inconclusive\n")
        }
    }

    /// A change to one file, and what its line must say.
    struct Tampering: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let file: String
        let says: String
        let change: @Sendable (String) -> String

        init(
            _ what: String, in file: String, says: String,
            _ change: @escaping @Sendable (String) -> String
        ) {
            testDescription = what
            self.file = file
            self.says = says
            self.change = change
        }

        /// Replaces the first `old` by `new`.
        init(_ what: String, in file: String, _ old: String, _ new: String, says: String) {
            self.init(what, in: file, says: says) { text in
                guard let range = text.range(of: old) else { return text }
                return text.replacingCharacters(in: range, with: new)
            }
        }
    }

    static let tamperings: [Tampering] = [
        Tampering("a value", in: "escapes.drv", "ünïcødé", "ünïcøde", says: "own path"),
        Tampering("an argument", in: "base.drv", "-eu", "-ue", says: "own path"),
        Tampering("a builder", in: "base.drv", "busybox", "busybix", says: "own path"),
        Tampering("the system", in: "base.drv", "x86_64", "x86_65", says: "own path"),
        Tampering("an argument twice", in: "base.drv", #""-eu","#, #""-eu","-eu","#, says: "own"),
        Tampering("an output's name", in: "several.drv", #"("dev","#, #"("dew","#, says: "dew"),
        Tampering(
            "an output's hash part", in: "base.drv", #"("out","/nix/store/"#,
            #"("out","/nix/store/0"#, says: "line 1, offset"),
        Tampering("another's output", in: "chain-3.drv", says: "but the text gives") { text in
            // Both in the list of outputs and in the environment: only the computation tells.
            let path = text.firstRange(of: /\/nix\/store\/[a-z0-9]{32}-chain-3/)
            guard let path else { return text }
            return text.replacingOccurrences(
                of: String(text[path]), with: "/nix/store/00000000000000000000000000000000-chain-3")
        },
        Tampering("only the variable", in: "chain-3.drv", says: "but the variable is") { text in
            guard let range = text.range(of: #"("out","/nix"#, options: .backwards) else {
                return text
            }
            return text.replacingCharacters(in: range, with: #"("out","/mix"#)
        },
        Tampering("a fixed hash", in: "flat-sha256.drv", "b221d9", "b221d8", says: "text gives"),
        Tampering(
            "a fixed hash in upper case", in: "flat-sha256.drv", "b221d9", "B221D9", says: "kind"),
        Tampering("a fixed hash too short", in: "flat-sha256.drv", "b221d9", "b221", says: "kind"),
        Tampering("an algorithm", in: "flat-sha256.drv", #""sha256""#, #""sha257""#, says: "kind"),
        Tampering("an input's output", in: "chain-4.drv", #"["out"]"#, #"["dev"]"#, says: "own"),
        Tampering("no output of an input", in: "chain-4.drv", #"["out"]"#, "[]", says: "input"),
        Tampering(
            "an input that is none", in: "chain-4.drv", "chain-3.drv", "chain-3.drw", says: ".drw"),
        Tampering(
            "a path elsewhere", in: "chain-4.drv", #"[("/nix/store/"#, #"[("/etc/store/"#,
            says: "line 1"),
        Tampering("a variable out of order", in: "base.drv", #"("b","#, #"("zz","#, says: "sorted"),
        Tampering("a variable twice", in: "base.drv", #"("name","#, #"("builder","#, says: "twice"),
        Tampering("a space", in: "base.drv", "Derive([", "Derive( [", says: "line 1, offset 7"),
        Tampering("an escape too many", in: "base.drv", #"("out"#, #"("\out"#, says: "offset 10"),
        Tampering("a comma", in: "base.drv", "],[],", "],[,],", says: "line 1, offset"),
        Tampering("no closing quote", in: "base.drv", says: "no end") {
            String($0.prefix(while: { $0 != "]" }).dropLast(2))
        },
        Tampering("truncated by one byte", in: "base.drv", says: "ends where ')'") {
            String($0.dropLast())
        },
        Tampering("cut in the middle", in: "values.drv", says: "offset") {
            String($0.prefix($0.count / 2))
        },
        Tampering("a newline at the end", in: "base.drv", says: "goes on") { $0 + "\n" },
        Tampering("nothing", in: "base.drv", says: "ends where 'D'") { _ in "" },
        Tampering("another format", in: "base.drv", says: "dynamic derivations") {
            #"DrvWithVersion("xp-dyn-drv","# + $0.dropFirst("Derive(".count)
        },
    ]

    @Test(arguments: tamperings) func tampering(tampering: Tampering) async throws {
        let file = try name(tampering.file)
        let text = String(decoding: try nix.read(file), as: UTF8.self)
        let changed = tampering.change(text)
        try #require(changed != text, "the text to change is not there: \(text)")
        try write(file, Array(changed.utf8))
        let answer = try await check([nix.store])
        #expect(answer.status == .failure)
        let lines = answer.text.split(separator: "\n").filter { $0.contains("/\(file): ") }
        #expect(lines.contains { $0.contains(tampering.says) }, "\(answer.text)")
        #expect(!answer.text.contains(" 0 different"))
    }

    /// Every single byte of a file changed: none goes unnoticed.
    @Test func everyByteCounts() async throws {
        let file = try name("self-reference.drv")
        let text = try nix.read(file)
        let alone = nix.directory + "/alone"
        try FileManager.default.createDirectory(atPath: alone, withIntermediateDirectories: true)
        for index in text.indices {
            var changed = text
            changed[index] ^= 1 << UInt8(index % 8)
            try Data(changed).write(to: URL(filePath: "\(alone)/\(file)"))
            let answer = try await check(["--store-dir", "/nix/store", alone])
            #expect(answer.status == .failure, "byte \(index)")
        }
    }

    @Test func wrongFileName() async throws {
        let file = try name("base.drv")
        try nix.shell("cd root/nix/store; mv \(file) \(file.prefix(33))vase.drv")
        let answer = try await check(["\(nix.store)/\(file.prefix(33))vase.drv"])
        #expect(answer.status == .failure)
        #expect(answer.text.contains("by its text"))
        #expect(answer.text.contains("1 derivations: 0 right, 1 different, 0 inconclusive"))
    }

    @Test func missingInputIsInconclusive() async throws {
        let file = try name("chain-7.drv")
        try nix.shell("rm root/nix/store/*-chain-6.drv")
        let answer = try await check(["\(nix.store)/\(file)"])
        #expect(answer.status == .inconclusive)
        #expect(answer.text.contains("0 right, 0 different, 1 inconclusive"))
    }
}
