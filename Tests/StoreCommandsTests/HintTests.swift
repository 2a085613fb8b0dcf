import Audits
import LocalStore
import Primitives
import Realisation
import StoreCommands
import StoreDatabase
import StoreModel
import Testing

/// What to do about an error of the layers below, which know no command.
@Suite struct HintTests {
    private func path() throws -> StorePath {
        try StorePath(baseName: "2l8m7iwfclnwbvm15kwlm5622fmxzdx4-hello.drv")
    }

    @Test func theHintFollowsTheDescription() throws {
        let errors: [(any Error, String)] = [
            (StoreDatabaseError.missing(file: "/db"), "--state-dir"),
            (StoreDatabaseError.corrupt(file: "/db", reason: "x"), "db rebuild"),
            (LocalStoreError.missingStore(path: "/s"), "--store-dir"),
            (LocalStoreError.cannotCreate(path: "/s", reason: "x"), "--root DIR"),
            (RealisationError.cannotRepair(try path()), "--from"),
            (
                RealisationError.buildFailed(try path(), reason: "failed", lastLines: []),
                "nodeos-store log 2l8m7iwfclnwbvm15kwlm5622fmxzdx4-hello.drv"
            ),
        ]
        for (error, hint) in errors {
            let text = Hints.sentence(error)
            #expect(text.hasPrefix("\(error)"))
            #expect(text.contains(hint) && !"\(error)".contains(hint), "\(text)")
        }
    }

    @Test func whatAuditsRefuseIsMadeAnew() throws {
        let empty = Array("{}".utf8)
        let manifest = #expect(throws: ManifestError.self) {
            try Manifest(parsing: empty, from: "x")
        }
        let answer = #expect(throws: AnswerError.self) {
            try SeedAnswer(parsing: empty, from: "x", in: .nodeos)
        }
        let errors: [((any Error)?, String)] = [
            (manifest, "'nodeos-store audit manifest'"),
            (answer, "'nodeos-store audit seeds --json'"),
            (AuditError.noDeriver(try path()), "instantiate"),
        ]
        for (error, hint) in errors {
            let error = try #require(error)
            let text = Hints.sentence(error)
            #expect(text.hasPrefix("\(error)"))
            #expect(text.contains(hint) && !"\(error)".contains(hint), "\(text)")
        }
    }

    @Test func errorsWithinErrorsHaveTheirHints() throws {
        let failed = RealisationError.buildFailed(try path(), reason: "failed", lastLines: [])
        let inner = StoreDatabaseError.corrupt(file: "/db", reason: "x")
        let text = Hints.sentence(
            RealisationError.several([.kept(failed, at: "/kept"), .machine(try path(), inner)]))
        #expect(text.contains("whole log: "))
        #expect(text.contains("/kept"))
        #expect(text.contains("db rebuild"))
    }

    @Test func aBuilderOfTheMachineIsShownByAnOption() throws {
        func text(_ builder: ByteString) throws -> String {
            Hints.sentence(RealisationError.foreignBuilder(try path(), builder: builder))
        }
        #expect(try text("/bin/sh").contains("--sandbox-shell"))
        #expect(try !text("/bin/perl").contains("--sandbox-shell"))
    }
}
