import Archives
import Audits
import Primitives
import StoreModel
import Testing

/// Answers of audits: what is written is read back as the same value, and nothing else is read.
@Suite struct AnswerTests {
    static let store = StoreDirectory.nodeos

    static func path(_ name: String) throws -> StorePath {
        try StorePath(hash: Digest.hash(name).folded(to: 20), name: name)
    }

    // MARK: One of each kind

    /// An audit that looked at nothing.
    static func nothing() throws -> SeedAnswer {
        SeedAnswer(SeedReport(), in: store, subjects: [try path("final.drv")])
    }

    static func seeds() throws -> SeedAnswer {
        var members = try #require(try nothing().json.object)
        func full(_ name: String) throws -> String { store.path(of: try path(name)) }
        members["seeds"] = .array([
            .object([
                "path": .string(try full("seed.deb")), "hash": .string(Digest.hash("seed").sri),
                "size": .count(5), "reason": .string("it is needed"),
            ])
        ])
        for (name, number) in [
            ("seedCount", 1), ("seedBytes", 5), ("fileCount", 3), ("byteCount", 7),
            ("memberCount", 2), ("memberByteCount", 9), ("unreadCount", 1),
        ] { members[name] = .count(number) }
        members["seedItems"] = .strings([try full("seed")])
        members["absentSeedItems"] = .strings([try full("seed")])
        members["earlierItems"] = .strings([try full("stage-1")])
        members["outputs"] = .strings([try full("final")])
        members["narHashes"] = .object([
            try full("final"): .string(Digest.hash("final").prefixedNix32)
        ])
        func finding(_ category: String, _ offset: JSONValue, _ explanation: JSONValue) throws
            -> JSONValue
        {
            .object([
                "category": .string(category), "what": .string("the path \"/usr/lib/x\""),
                "output": .string(try full("final")), "file": .string("bin/x"),
                "members": .strings(["gzip at byte 7"]), "offset": offset, "count": .count(2),
                "explanation": explanation,
            ])
        }
        members["findings"] = .array([
            try finding("plain-path", .count(17), .null), try finding("unread", .null, .null),
        ])
        members["explained"] = .array([try finding("seed-bytes", .null, .string("a licence"))])
        for (name, value) in [("clean", false), ("complete", false)] {
            members[name] = .bool(value)
        }
        members["verdict"] = .string("found")
        return try parse(SeedAnswer.self, .object(members))
    }

    /// Where two trees differ, in every way there is.
    static func difference() throws -> DifferenceReport {
        let directory = try TemporaryTrees()
        return try directory.report()
    }

    static func rebuilds() throws -> RebuildsAnswer {
        let records = try [
            ("same", RebuildVerdict.same), ("varies", .varies([[.time], [.cores, .umask]])),
            ("chance", .notRepeatable), ("old", .changed([])),
            ("broken", .failed([.locale], reason: "a line\nand \u{1b}[31manother")),
        ].map { name, verdict in
            RebuildRecord(
                derivation: try path(name + ".drv"),
                narHashes: [try path(name): Digest.hash(name)], verdict: verdict, builds: 2,
                differences: name == "chance" || name == "varies"
                    ? [
                        .init(
                            output: try path(name), varied: [.order], report: try difference())
                    ] : [])
        }
        return RebuildsAnswer(
            records, skipped: [.init(try path("fixed.drv"), reason: "a hash fixes what it makes")],
            varied: Variation.allCases, in: store, subjects: [try path("same.drv")])
    }

    static func comparison() throws -> ComparisonAnswer {
        func side(_ name: String, _ contents: [String: String]) throws -> AuditSide {
            var manifest = Manifest(store: store, tool: name)
            for (item, text) in contents {
                let path = try path(item)
                manifest.entries[path] = ManifestEntry(
                    path: path, narHash: Digest.hash(text), narSize: 100,
                    deriver: try self.path(item + ".drv"), origin: .built(nil))
            }
            return AuditSide(name: name, manifest: manifest, remarks: ["a remark"])
        }
        let sides = try [
            side("one", ["alike": "1", "other": "1", "lone": "1"]),
            side("two", ["alike": "1", "other": "2"]),
        ]
        return ComparisonAnswer(try AuditComparison(sides), subjects: [try path("alike")])
    }

    static func agreement() throws -> AgreementAnswer {
        let entry = ManifestEntry(
            path: try path("item"), narHash: Digest.hash("1"), narSize: 100, origin: .imported)
        let rule = try AgreementPolicy(
            parsing: Array(
                """
                {"version": 1, "builders": {"alice": ["\(SecretKey(name: "a", seed: .init(repeating: 1, count: 32)).publicKey)"]},
                 "rules": [{"name": "*", "agree": 1}]}
                """.utf8), from: "policy"
        ).rules[0]
        return AgreementAnswer(
            [
                AgreementVerdict(
                    path: entry.path, kind: .agreed, rule: rule, words: [("alice", entry)],
                    agreeingCount: 1, local: entry),
                AgreementVerdict(
                    path: try path("unruled"), kind: .unruled, rule: nil, words: [],
                    agreeingCount: 0, local: nil),
            ], remarks: ["a remark"], in: store, subjects: [])
    }

    static func parse<Answer: AuditAnswer>(
        _: Answer.Type, _ json: JSONValue, in store: StoreDirectory = store
    ) throws -> Answer {
        try Answer(parsing: json.text(), from: "answer.json", in: store)
    }

    // MARK: Tests

    @Test func whatIsWrittenIsReadBack() throws {
        let seeds = try Self.seeds()
        #expect(seeds.verdict == .found && seeds.unreadCount == 1)
        #expect(seeds.findings[0].place == "bin/x, gzip at byte 7, byte 17")
        #expect(try Self.parse(SeedAnswer.self, seeds.json) == seeds)
        let comparison = try Self.comparison()
        #expect(comparison.verdict == .mismatch)
        #expect(try Self.parse(ComparisonAnswer.self, comparison.json) == comparison)
        let agreement = try Self.agreement()
        #expect(try Self.parse(AgreementAnswer.self, agreement.json).items == agreement.items)
        // Of differences, only what is printed comes back.
        let rebuilds = try Self.rebuilds()
        let read = try Self.parse(RebuildsAnswer.self, rebuilds.json)
        #expect(read.json == rebuilds.json)
        #expect(read.records.map(\.verdict) == rebuilds.records.map(\.verdict))
        #expect(
            read.records.flatMap(\.differences).map(\.report.lines)
                == rebuilds.records.flatMap(\.differences).map(\.report.lines))
    }

    /// Each value of an answer in turn is taken out, doubled, or replaced by another of its kind.
    @Test func whatIsChangedIsRefusedOrAnotherAnswer() throws {
        func check<Answer: AuditAnswer>(_ answer: Answer) throws {
            let json = answer.json
            for changed in Self.changes(of: json) {
                guard let read = try? Self.parse(Answer.self, changed) else { continue }
                #expect(read.json == changed)
                #expect(read.json != json)
            }
            for name in try #require(json.object).keys {
                var members = try #require(json.object)
                members[name] = nil
                #expect(throws: AnswerError.self, "without \(name)") {
                    try Self.parse(Answer.self, .object(members))
                }
                members = try #require(json.object)
                members["mood"] = .null
                #expect(throws: AnswerError.self) {
                    try Self.parse(Answer.self, .object(members))
                }
            }
        }
        try check(Self.seeds())
        try check(Self.rebuilds())
        try check(Self.comparison())
        try check(Self.agreement())
    }

    private static func changes(of value: JSONValue) -> [JSONValue] {
        switch value {
        case .object(let members):
            return members.flatMap { name, member in
                var without = members
                without[name] = nil
                var more = members
                more[name + "s"] = member
                let changed = changes(of: member).map { changed in
                    var members = members
                    members[name] = changed
                    return JSONValue.object(members)
                }
                return [.object(without), .object(more)] + changed
            }
        case .array(let items):
            return items.indices.flatMap { index in
                var without = items
                without.remove(at: index)
                let changed = changes(of: items[index]).map { changed in
                    var items = items
                    items[index] = changed
                    return JSONValue.array(items)
                }
                return [.array(without), .array(items + [items[index]])] + changed
            }
        case .bool(let value): return [.bool(!value), .null]
        case .integer(let number): return [.integer(number + 1), .integer(-1), .null]
        case .string(let text): return [.string(text + "x"), .string(""), .null]
        case .null: return [.string("x"), .integer(1)]
        case .number, .entries: return []
        }
    }

    @Test func itIsAboutOneStoreAndOneAudit() throws {
        let seeds = try Self.seeds().json
        let kind = #expect(throws: AnswerError.self) { try Self.parse(RebuildsAnswer.self, seeds) }
        #expect(
            kind?.reason
                == .notTheAnswer("it says that it is 'nodeos-store audit seeds'"))
        let other = try StoreDirectory("/nix/store")
        let place = #expect(throws: AnswerError.self) {
            try Self.parse(SeedAnswer.self, seeds, in: other)
        }
        #expect(place?.reason == .otherStore(Self.store, here: other))
        let cut = #expect(throws: AnswerError.self) {
            try SeedAnswer(
                parsing: Array(seeds.text().dropLast(10)), from: "answer.json", in: Self.store)
        }
        #expect(cut?.description.hasPrefix("'answer.json': not JSON, or not all of it: ") == true)
        // What it says twice must be the same twice; the place is named.
        var members = try #require(try Self.nothing().json.object)
        members["seedCount"] = .count(7)
        let twice = #expect(throws: AnswerError.self) {
            try Self.parse(SeedAnswer.self, .object(members))
        }
        #expect(
            twice?.reason
                == .field(place: "seedCount", reason: "the rest of the answer makes it 0"))
    }

    @Test func anAnswerAboutSomethingElseStandsForNothing() throws {
        let (item, alike, other) = try (Self.path("item"), Self.path("alike"), Self.path("other"))
        func reason(_ body: () throws -> Void) -> AnswerError.Reason? {
            (#expect(throws: AnswerError.self) { try body() })?.reason
        }
        let comparison = try Self.comparison()
        try comparison.expectIsAbout(alike, [alike], own: [alike], from: "x") { _ in nil }
        #expect(
            reason {
                try comparison.expectIsAbout(item, [item], own: [item], from: "x") { _ in nil }
            } == .otherSubject(about: [alike], asked: item))
        let bytes = Digest.hash("3")
        #expect(
            reason {
                try comparison.expectIsAbout(alike, [alike], own: [alike], from: "x") { _ in bytes }
            }
                == .otherBytes(
                    alike, told: Digest.hash("1").prefixedNix32, here: bytes.prefixedNix32))
        // Where sides differ, there is nothing that could be meant by "the bytes".
        try comparison.expectIsAbout(other, [other], own: [other], from: "x") { _ in bytes }
        let agreement = try Self.agreement()
        #expect(
            reason {
                try agreement.expectIsAbout(
                    item, [item, alike], own: [item, alike], from: "x"
                ) { _ in nil }
            } == .lacks("its output '\(alike)'", asked: item))
        let rebuilds = try Self.rebuilds()
        let (same, drv) = try (Self.path("same"), Self.path("same.drv"))
        let found = try rebuilds.records(for: (same, drv), [drv: [same]], from: "x") { _ in nil }
        #expect(found.own.map(\.derivation) == [drv] && found.foreignCount == 4)
        #expect(
            reason {
                _ = try rebuilds.records(for: (same, drv), [drv: [item]], from: "x") { _ in nil }
            } == .lacks("its output '\(item)'", asked: drv))
    }
}
