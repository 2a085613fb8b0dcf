import Audits
import Graphs
import Primitives
import StoreModel
import Testing

/// What a report comes to, from answers that are values.
@Suite struct ReportTests {
    private let final: StorePath
    private let finalDerivation: StorePath
    private let seedDerivation: StorePath
    private let graph: DependencyGraph
    private let download: StorePath

    init() throws {
        final = try AnswerTests.path("final")
        finalDerivation = try AnswerTests.path("final.drv")
        seedDerivation = try AnswerTests.path("seed.drv")
        download = try AnswerTests.path("seed.deb.drv")
        var top = GraphNode(path: finalDerivation, kind: .final)
        top.outputs = [final]
        var seed = GraphNode(path: seedDerivation, kind: .seed)
        seed.outputs = [try AnswerTests.path("seed")]
        var fetch = GraphNode(path: download, kind: .fetch)
        fetch.digest = Digest.hash("download")
        fetch.size = 5
        graph = DependencyGraph(
            relation: .derivation, nodes: [top, seed, fetch],
            edges: [GraphEdge(from: 0, to: 1), GraphEdge(from: 1, to: 2)])
    }

    private func evidence() -> ReportEvidence {
        let (final, hash) = (final, Digest.hash("final"))
        return ReportEvidence(
            on: final, madeBy: finalDerivation, graph, in: AnswerTests.store,
            here: { $0 == final ? hash : nil },
            scope: {
                SeedAuditScope(
                    goals: [final], seeds: [:], forbidden: [], outputs: [final: hash])
            })
    }

    private func rebuilds(_ verdicts: [StorePath: RebuildVerdict]) throws -> [UInt8] {
        let records = try verdicts.sorted { $0.key < $1.key }.map { path, verdict in
            let output = path == finalDerivation ? final : try AnswerTests.path("seed")
            return RebuildRecord(
                derivation: path, narHashes: [output: Digest.hash(output.name)], verdict: verdict,
                builds: 2, differences: [])
        }
        return RebuildsAnswer(
            records, skipped: [], varied: [], in: AnswerTests.store, subjects: [finalDerivation]
        ).json.text()
    }

    private func seeds(_ change: (inout [String: JSONValue]) -> Void = { _ in }) throws -> [UInt8] {
        var members = try #require(try AnswerTests.nothing().json.object)
        members["outputs"] = .strings([AnswerTests.store.path(of: final)])
        members["narHashes"] = .object([
            AnswerTests.store.path(of: final): .string(Digest.hash("final").prefixedNix32)
        ])
        change(&members)
        return JSONValue.object(members).text()
    }

    private func finding(_ category: String) -> JSONValue {
        .array([
            .object([
                "category": .string(category), "what": .string("<b>it</b>"),
                "output": .string(AnswerTests.store.path(of: final)), "file": .string("bin/x"),
                "members": .array([]), "offset": .null, "count": .count(1), "explanation": .null,
            ])
        ])
    }

    @Test func goodNeedsEverything() throws {
        var evidence = evidence()
        #expect(
            AuditReport(evidence).verdict
                == .open(
                    "Nothing different was found, but 2 of 2 derivations were not built again, and "
                        + "what the binary seeds left behind was not looked for."))
        try evidence.takeRebuilds(
            rebuilds([finalDerivation: .same, seedDerivation: .same]), from: "rebuild.json")
        #expect(AuditReport(evidence).verdict.word == "open")
        try evidence.takeSeeds(seeds(), from: "seeds.json")
        let report = AuditReport(evidence)
        #expect(
            report.verdict
                == .good(
                    "All 2 derivations are the same when built again, and nothing leads back to the "
                        + "binary seeds."))
        #expect(report.rates.matched == 2 && report.rates.notCompared == 0)
        #expect(String(decoding: report.html, as: UTF8.self).contains("class=\"verdict good\""))
    }

    @Test func aDifferenceIsNotUndoneByAnotherAnswer() throws {
        for isFirst in [true, false] {
            var evidence = evidence()
            let answers = try [
                rebuilds([finalDerivation: .notRepeatable, seedDerivation: .same]),
                rebuilds([finalDerivation: .same]),
            ]
            for answer in isFirst ? answers : answers.reversed() {
                try evidence.takeRebuilds(answer, from: "rebuild.json")
            }
            #expect(
                AuditReport(evidence).verdict
                    == .bad("1 of 2 derivations are not the same when built again."))
        }
    }

    @Test func whatTheSeedsLeftIsBadAndWhatWasNotReadIsOpen() throws {
        for (category, verdict, word) in [
            ("plain-path", "found", "bad"), ("unread", "inconclusive", "open"),
        ] {
            var evidence = evidence()
            try evidence.takeRebuilds(
                rebuilds([finalDerivation: .same, seedDerivation: .same]), from: "rebuild.json")
            try evidence.takeSeeds(
                seeds {
                    $0["findings"] = finding(category)
                    $0["clean"] = .bool(false)
                    $0["verdict"] = .string(verdict)
                    $0["unreadCount"] = .count(category == "unread" ? 1 : 0)
                }, from: "seeds.json")
            let report = AuditReport(evidence)
            #expect(report.verdict.word == word)
            let page = String(decoding: report.html, as: UTF8.self)
            #expect(page.contains("&lt;b&gt;it&lt;/b&gt;") && !page.contains("<b>"))
            let text = String(decoding: report.markdown, as: UTF8.self)
            #expect(text.contains("\\<b\\>it"))
        }
    }

    @Test func answersAboutSomethingElseAreErrors() throws {
        let other = try AnswerTests.path("other.drv")
        var evidence = evidence()
        let foreign = RebuildsAnswer(
            [
                RebuildRecord(
                    derivation: other, narHashes: [:], verdict: .same, builds: 2, differences: [])
            ], skipped: [], varied: [], in: AnswerTests.store, subjects: [other]
        ).json.text()
        let subject = #expect(throws: AnswerError.self) {
            try evidence.takeRebuilds(foreign, from: "rebuild.json")
        }
        #expect(subject?.reason == .otherSubject(about: [other], asked: final))
        let bytes = #expect(throws: AnswerError.self) {
            try evidence.takeSeeds(
                seeds {
                    $0["narHashes"] = .object([
                        AnswerTests.store.path(of: final):
                            .string(Digest.hash("else").prefixedNix32)
                    ])
                }, from: "seeds.json")
        }
        #expect(
            bytes?.reason
                == .otherBytes(
                    final, told: Digest.hash("else").prefixedNix32,
                    here: Digest.hash("final").prefixedNix32))
        // Nothing of what was refused counts.
        #expect(AuditReport(evidence).rates.notCompared == 2)
    }
}
