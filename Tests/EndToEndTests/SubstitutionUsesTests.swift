import Foundation
import Primitives
import StoreModel
import TestSupport
import Testing

/// What caches are used for besides outputs: derivations, and the inputs of builds, shells and audits.
@Suite(.timeLimit(.minutes(40))) struct SubstitutionUsesTests {
    // MARK: Builds beside downloads

    /// One input never comes; what does not need it is built meanwhile.
    @Test func buildsBeginWhenTheirOwnInputsAreThere() throws {
        var scene = try SubstitutionScene("beside")
        let cache = try CacheFixture(scene.builder)
        let key = scene.key
        for item in scene.chain {
            try cache.add(item.output(), of: scene.builder, signedBy: key) { narInfo, _ in
                guard narInfo.info.path.name == "beside-two" else { return }
                narInfo.info.narSize = 80 << 20
                narInfo.info.signatures = [
                    try key.sign(narInfo.info.fingerprint(in: .nodeos))
                ]
            }
        }
        let own = try scene.builder.derive(
            "beside-own", "cat \(scene.chain[0].output()) > $out", inputs: [scene.chain[0]])
        let top = try scene.builder.derive(
            "beside-top", "cat \(own.output()) \(scene.chain[1].output())/names > $out",
            inputs: [own, scene.chain[1]])
        for item in [own, top] { try scene.tell(item) }
        let slow = try StoreDirectory.nodeos.parse(scene.chain[1].output()).hashPart
        let directory = cache.directory
        let server = try LoopbackServer { request in
            if request.path == "/\(slow).nar" {
                // Each try brings something, so that another is made after it.
                return .ranged([UInt8](repeating: 0, count: 80 << 20), for: request)
                    .broken(after: 1 << 20, .stall)
            }
            let body = FileManager.default.contents(atPath: directory + request.path)
            return body.map { .init(200, body: Array($0)) } ?? .init(404)
        }
        let run = try scene.user.start([
            "realise", "--trusted-key", scene.key.publicKey.description, "--substituters",
            server.url(""), top.drv,
        ])
        let user = scene.user
        try waitUntil("it is built: \(run.error)") { try user.isValid(own.output()) }
        run.send(SIGTERM)
        #expect(try run.wait().status == 130)
        #expect(try !scene.user.isValid(scene.chain[1].output()))
        #expect(scene.user.scratch() == [])
        // What a cache does not give after all is built, and what needs it after that.
        try FileManager.default.removeItem(atPath: "\(cache.directory)/\(slow).nar")
        let rest = try scene.realise([cache.url], top.drv)
        #expect(rest.status == 0, "\(rest.error)")
        #expect(rest.error.contains("beside-two cannot be taken from a cache: it has to be built"))
        #expect(try scene.user.contents(top.output()).hasSuffix(scene.chain[0].output() + "\n"))
    }

    /// What could not be built is not built again for the sake of what could not be taken.
    @Test func failuresBesideDownloadsAreNotRepeated() throws {
        var scene = try SubstitutionScene("fails")
        let cache = try scene.cache()
        let bad = try scene.builder.derive(
            "fails-bad", "cat \(scene.chain[0].output()); exit 3", inputs: [scene.chain[0]])
        let fine = try scene.builder.derive(
            "fails-fine", "cat \(scene.chain[1].output())/names > $out", inputs: [scene.chain[1]])
        for item in [bad, fine] { try scene.tell(item) }
        let lost = try StoreDirectory.nodeos.parse(scene.chain[1].output()).hashPart
        try FileManager.default.removeItem(atPath: "\(cache.directory)/\(lost).nar")
        let result = try scene.realise([cache.url], "--keep-going", bad.drv, fine.drv)
        #expect(result.status == 100, "\(result.error)")
        #expect(try scene.user.isValid(fine.output()))
        let lines = result.error.split(separator: "\n")
        #expect(lines.count { $0 == "building fails-bad" } == 1, "\(result.error)")
    }

    /// What no cache really has is built in the same run; what that needs is taken, although nobody had
    /// asked for it before, and so is what refers to it.
    @Test func onlyWhatIsLostIsBuilt() throws {
        let scene = try SubstitutionScene("lost")
        let cache = try scene.cache()
        try cache.add(scene.tool.output(), of: scene.builder, signedBy: scene.key)
        let lost = try StoreDirectory.nodeos.parse(scene.chain[0].output()).hashPart
        try FileManager.default.removeItem(atPath: "\(cache.directory)/\(lost).nar")
        let result = try scene.realise([cache.url], scene.chain[2].drv)
        #expect(result.status == 0, "\(result.error)")
        #expect(result.error.contains("lost-one cannot be taken from a cache: it has to be built"))
        let built = result.error.split(separator: "\n").filter { $0.hasPrefix("building ") }
        #expect(built == ["building lost-one"], "\(result.error)")
        for item in [scene.tool] + scene.chain.dropFirst() {
            #expect(try scene.origin(item) == cache.url, "\(item.drv)")
        }
        #expect(
            try scene.user.contents(scene.chain[2].output())
                == scene.builder.contents(scene.chain[2].output()))
        try scene.user.succeed("verify", "--check-contents")
        #expect(scene.user.scratch() == [])
    }

    // MARK: What is not to be taken

    /// `allowSubstitutes = false`: built, unless the user says otherwise; in attributes of both kinds.
    @Test(arguments: [
        ["allowSubstitutes": ""], ["allowSubstitutes": "0"],
        ["__json": "{\"allowSubstitutes\":false}"],
    ]) func whatDerivationsWantToBeBuiltIsBuilt(variables: [String: String]) throws {
        var scene = try SubstitutionScene("local")
        let cache = try scene.cache()
        let input = scene.chain[1]
        let item = try scene.builder.derive(
            "local-own",
            """
            if test -n "${NIX_ATTRS_JSON_FILE-}"; then
                export PATH=\(scene.builder.tools)/bin
                out=$(sed 's/.*"outputs":{"out":"\\([^"]*\\)".*/\\1/' $NIX_ATTRS_JSON_FILE)
            fi
            cat \(input.output())/names > $out
            """, inputs: [input], variables: variables)
        try scene.builder.realise(item)
        try cache.add(item.output(), of: scene.builder, signedBy: scene.key)
        try scene.tell(item)
        let result = try scene.realise([cache.url], item.drv)
        #expect(result.status == 0, "\(result.error)")
        #expect(result.error.contains("building local-own"), "\(result.error)")
        // What it needs is taken all the same.
        #expect(!result.error.contains("building local-two"), "\(result.error)")
        try scene.user.succeed("gc", "--delete", item.output())
        let taken = try scene.realise([cache.url], "--always-allow-substitutes", item.drv)
        #expect(taken.status == 0 && !taken.error.contains("building"), "\(taken.error)")
    }

    // MARK: Derivations

    /// A store that knows nothing, and a cache that has the derivations, too.
    @Test func derivationsAreTakenAndProveThemselves() throws {
        let scene = try SubstitutionScene("drv")
        let cache = try scene.cache()
        let behind = try scene.builder.succeed("query", "requisites", scene.chain[2].drv).lines
        for path in behind {
            try cache.add(
                path, of: scene.builder, signedBy: path.hasSuffix(".drv") ? nil : scene.key)
        }
        let user = try StoreFixture(withTools: false)
        func realise(_ arguments: String...) throws -> ChildProcess.Result {
            try user.start(
                [
                    "realise", "--trusted-key", scene.key.publicKey.description, "--substituters",
                    cache.url,
                ] + arguments
            ).wait()
        }
        let plan = try realise("--dry-run", scene.chain[2].drv)
        #expect(plan.status == 0, "\(plan.error)")
        #expect(plan.output.contains("what drv-three.drv needs is known when it is here"))
        #expect(try !user.isValid(scene.chain[2].drv))
        let taken = try realise(scene.chain[2].drv)
        #expect(taken.status == 0, "\(taken.error)")
        #expect(taken.lines == [scene.chain[2].output()])
        #expect(try user.isValid(scene.chain[2].drv))
        #expect(
            try user.succeed("query", "deriver", scene.chain[2].output()).lines
                == [scene.chain[2].drv])
        #expect(
            try user.succeed("query", "requisites", scene.chain[2].drv).lines.sorted()
                == behind.sorted())
        try user.succeed("verify", "--check-contents")
        try user.succeed("db", "check")
        #expect(user.scratch() == [])
    }

    @Test func derivationsThatLieAreNotTaken() throws {
        let scene = try SubstitutionScene("lying")
        let user = try StoreFixture(withTools: false)
        let text = String(decoding: scene.chain[0].text, as: UTF8.self)
        let references = Set(
            try scene.builder.succeed("query", "references", scene.chain[0].drv).lines.map {
                try StoreDirectory.nodeos.parse($0)
            })
        let cache = try CacheFixture(scene.builder)
        for path in try scene.builder.succeed("query", "requisites", scene.chain[0].drv).lines
        where path != scene.chain[0].drv {
            try cache.add(path, of: scene.builder, signedBy: scene.key)
        }
        // Another text under the path; a text that claims the output of another derivation; references
        // that are none.
        let other = text.replacing("cut -c 1-3", with: "cut -c 1-2")
        let claiming = text.replacing(scene.chain[0].output(), with: scene.chain[2].output())
        let claimant = try StoreDirectory.nodeos.textPath(
            name: "lying-one.drv", contents: Digest.hash(claiming), references: references)
        let honest = try StoreDirectory.nodeos.parse(scene.chain[0].drv)
        let lies: [(StorePath, String, Set<StorePath>)] = [
            (honest, other, references), (claimant, claiming, references), (honest, text, []),
        ]
        for (path, text, references) in lies {
            let nar = archive(text)
            var info = PathInfo(
                path: path, narHash: Digest.hash(nar), narSize: UInt64(nar.count),
                references: references)
            info.signatures = [try scene.key.sign(info.fingerprint(in: .nodeos))]
            let name = "\(path.hashPart).nar"
            try Data(nar).write(to: URL(filePath: "\(cache.directory)/\(name)"))
            try cache.write(
                "\(path.hashPart).narinfo", NarInfo(info: info, url: name).text(in: .nodeos))
            let result = try user.start([
                "realise", "--trusted-key", scene.key.publicKey.description, "--substituters",
                cache.url, StoreDirectory.nodeos.path(of: path),
            ]).wait()
            #expect(result.status == 1, "\(result.error)")
            #expect(result.error.contains("lying-one.drv is not taken from"), "\(result.error)")
            #expect(try !user.isValid(StoreDirectory.nodeos.path(of: path)))
        }
        #expect(user.scratch() == [])
    }

    /// A NAR of one file (`docs/formats/nar.md`).
    private func archive(_ text: String) -> [UInt8] {
        ["nix-archive-1", "(", "type", "regular", "contents", text, ")"].flatMap { word in
            let bytes = Array(word.utf8)
            let length = (0..<8).map { UInt8(truncatingIfNeeded: bytes.count >> (8 * $0)) }
            return length + bytes + [UInt8](repeating: 0, count: (8 - bytes.count % 8) % 8)
        }
    }

    // MARK: Shells and audits

    @Test func shellsTakeTheirInputs() throws {
        let scene = try SubstitutionScene("inputs")
        let cache = try scene.cache()
        let names = "\(scene.chain[1].output())/names"
        let shell = try scene.user.start([
            "shell", "--trusted-key", scene.key.publicKey.description, "--substituters", cache.url,
            scene.chain[2].drv, "--", "sh", "-c", "read line < \(names); echo $line",
        ]).wait()
        #expect(shell.status == 0, "\(shell.error)")
        #expect(shell.lines == [scene.chain[0].output()])
        #expect(try !scene.user.isValid(scene.tool.output()))
        #expect(try !scene.user.isValid(scene.chain[2].output()))
    }

    /// What a cache has is taken and built again: is it what the derivation makes?
    @Test func auditsRebuildWhatCachesHave() throws {
        for isRandom in [false, true] {
            let scene = try SubstitutionScene("again", random: isRandom)
            let cache = try scene.cache()
            let audit = try scene.user.start([
                "audit", "rebuild", "--trusted-key", scene.key.publicKey.description,
                "--substituters", cache.url, scene.chain[2].drv,
            ]).wait()
            #expect(audit.status == (isRandom ? 104 : 0), "\(audit.error)")
            #expect(try scene.user.isValid(scene.chain[2].output()))
            #expect(try !scene.user.isValid(scene.tool.output()))
            #expect(scene.user.scratch() == [])
        }
    }
}
