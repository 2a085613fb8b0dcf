import Audits
import Primitives
import StoreModel
import Testing

/// Where differences begin, on graphs made by hand.
@Suite struct ComparisonTests {
    private static let store = StoreDirectory.nodeos

    private func path(_ name: String) throws -> StorePath {
        try StorePath(hash: Digest.hash(name).folded(to: 20), name: name)
    }

    /// A side that has what `hashes` says, and tells of a derivation for every item of `inputs`.
    private func side(
        _ name: String, _ hashes: [String: String], inputs: [String: [String]] = [:],
        machine: String? = nil, processor: String? = nil
    ) throws -> AuditSide {
        var manifest = Manifest(store: Self.store, tool: name)
        if let machine {
            manifest.machine = MachineFacts(
                machineID: machine, system: "x86_64-linux", kernel: "Linux",
                processor: processor, processorCount: 1, fileSystem: "ext4")
        }
        for (item, contents) in hashes {
            let path = try path(item)
            manifest.entries[path] = ManifestEntry(
                path: path, narHash: Digest.hash(contents), narSize: 100,
                deriver: inputs[item] == nil ? nil : try self.path(item + ".drv"),
                output: inputs[item] == nil ? nil : "out",
                origin: inputs[item] == nil ? .added : .built(nil))
        }
        for (item, names) in inputs {
            manifest.derivations[try path(item + ".drv")] = ManifestDerivation(
                outputs: ["out": try path(item)], inputs: try names.map(path).sorted())
        }
        return AuditSide(name: name, manifest: manifest)
    }

    private func names(_ paths: [StorePath]) -> [String] { paths.map(\.name).sorted() }

    @Test func twoCausesAreTwoGroups() throws {
        let inputs = ["a": [], "b": ["a"], "c": [], "d": ["c", "b"], "e": ["d"]]
        let one = try side(
            "one", ["a": "1", "b": "1", "c": "1", "d": "1", "e": "1"], inputs: inputs)
        let two = try side(
            "two", ["a": "2", "b": "2", "c": "2", "d": "2", "e": "1"], inputs: inputs)
        let comparison = try AuditComparison([one, two])
        #expect(comparison.count(.match) == 1)
        #expect(comparison.count(.mismatch) == 4)
        #expect(Set(comparison.groups.map { names($0.outputs) }) == [["a"], ["c"]])
        // Everything stands once: d follows from both, and is listed under one.
        let all = comparison.groups.flatMap { $0.outputs + $0.consequences }
        #expect(names(all) == ["a", "b", "c", "d"])
    }

    /// a differs, b is built from it and nobody compared it, c is built from b.
    @Test func whatWasNotComparedPassesACauseOn() throws {
        let inputs = ["a": [], "b": ["a"], "c": ["b"], "d": ["x"]]
        let one = try side("one", ["a": "1", "b": "1", "c": "1", "d": "1"], inputs: inputs)
        let two = try side("two", ["a": "2", "c": "2", "d": "2"], inputs: inputs)
        let comparison = try AuditComparison([one, two])
        #expect(comparison.count(.inconclusive) == 1)
        let groups = Dictionary(
            uniqueKeysWithValues: comparison.groups.map { (names($0.outputs), $0) })
        #expect(groups.count == 2)
        #expect(names(try #require(groups[["a"]]).consequences) == ["c"])
        #expect(names(try #require(groups[["d"]]).uncomparedInputs) == ["x"])
    }

    /// b is the same although a differs: what c differs by is its own.
    @Test func whatMatchesStopsACause() throws {
        let inputs = ["a": [], "b": ["a"], "c": ["b"]]
        let one = try side("one", ["a": "1", "b": "1", "c": "1"], inputs: inputs)
        let two = try side("two", ["a": "2", "b": "1", "c": "2"], inputs: inputs)
        let comparison = try AuditComparison([one, two])
        #expect(comparison.groups.allSatisfy { $0.consequences.isEmpty })
        #expect(comparison.groups.count == 2)
    }

    @Test func threeSidesNeedOnlyTwoToAgreeAndNoneToDiffer() throws {
        let one = try side("one", ["a": "1", "b": "1", "c": "1"])
        let two = try side("two", ["a": "1", "b": "1"])
        let three = try side("three", ["a": "1", "b": "2"])
        let comparison = try AuditComparison([one, two, three])
        #expect(try comparison.output(path("a"))?.verdict == .match)
        #expect(try comparison.output(path("b"))?.verdict == .mismatch)
        #expect(try comparison.output(path("c"))?.verdict == .inconclusive)
        #expect(comparison.parties == [0, 1, 2])
    }

    @Test func oneMachineIsSaid() throws {
        let one = try side("one", ["a": "1"], machine: "m")
        let two = try side("two", ["a": "1", "b": "1"], machine: "m")
        let comparison = try AuditComparison([one, two])
        #expect(comparison.parties == [0, 1])
        #expect(comparison.remarks.contains { $0.contains("two stores of one machine") })
    }

    @Test func machinesOfOneImageAreSaid() throws {
        let one = try side("one", ["a": "1"], machine: "m")
        let two = try side("two", ["a": "1"], machine: "m", processor: "another")
        let comparison = try AuditComparison([one, two])
        #expect(comparison.parties == [0, 1])
        #expect(comparison.remarks.contains { $0.contains("made of one image, it seems") })
    }

    @Test func contradictionsAreRefused() throws {
        let one = try side("one", ["a": "1"], inputs: ["a": ["b"]])
        let two = try side("two", ["a": "1"], inputs: ["a": ["c"]])
        #expect(throws: AuditError.self) { try AuditComparison([one, two]) }
        let circle = try side(
            "circle", ["a": "1", "b": "1"], inputs: ["a": ["b"], "b": ["a"]])
        #expect(throws: AuditError.self) { try AuditComparison([one, circle]) }
        var manifest = Manifest(store: try StoreDirectory("/gnu/store"), tool: "")
        manifest.entries = [:]
        let guix = AuditSide(name: "guix", manifest: manifest)
        #expect(throws: AuditError.self) { try AuditComparison([one, guix]) }
    }

    /// Written, read and compared: every 1000th of a chain's derivations differs by itself.
    @Test func tenThousandEntries() throws {
        var hashes: [String: String] = [:]
        var inputs: [String: [String]] = [:]
        for number in 0..<10_000 {
            hashes["p\(number)"] = "\(number)"
            inputs["p\(number)"] = number % 100 == 0 ? [] : ["p\(number - 1)"]
        }
        let one = try side("one", hashes, inputs: inputs)
        for number in stride(from: 500, to: 10_000, by: 1000) {
            for follower in number..<(number + 100) { hashes["p\(follower)"] = "other" }
        }
        let two = try side("two", hashes, inputs: inputs)
        let sides = try [one, two].map { side in
            AuditSide(
                name: side.name,
                manifest: try Manifest(parsing: side.manifest.json.text(), from: side.name))
        }
        #expect(sides[0].manifest == one.manifest)
        let comparison = try AuditComparison(sides)
        #expect(comparison.groups.count == 10)
        #expect(comparison.groups.allSatisfy { $0.consequences.count == 99 })
        #expect(comparison.count(.match) == 9000)
    }
}
