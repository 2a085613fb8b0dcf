import Primitives
import Realisation
import StoreCommands
import StoreModel
import Testing

/// A plan as a sentence for people.
@Suite struct PlanSummaryTests {
    @Test func aPlanIsASentence() throws {
        var derivations: [StorePath: Derivation] = [:]
        func add(_ name: String, _ inputs: [StorePath], size: Int? = nil) throws -> StorePath {
            var environment: [ByteString: ByteString] = ["name": ByteString(name)]
            if let size { environment["size"] = "\(size)" }
            let derivation = try Derivation(
                name: name, outputs: ["out": .deferred],
                inputDerivations: Dictionary(uniqueKeysWithValues: inputs.map { ($0, ["out"]) }),
                system: "x86_64-linux", builder: size == nil ? "/bin/sh" : "builtin:fetchurl",
                environment: environment
            ).filledIn(
                inputHashes: Dictionary(
                    uniqueKeysWithValues: inputs.map { ($0, .digest(.hash($0.name))) }),
                in: .nodeos)
            let path = try derivation.file(in: .nodeos).path
            derivations[path] = derivation
            return path
        }
        let first = try add("first", [try add("source", [], size: 2_500_000)])
        let second = try add("second", [first])
        let known = derivations
        let plan = try Planner(
            isValid: { known[$0] != nil }, readDerivation: { try #require(known[$0]) }
        ).plan([.outputs(of: second, [])])
        #expect(
            PlanSummary(plan, expected: [:], jobs: 1).line
                == "to do: 2 builds, 1 fetch (2.5 MB)")
        #expect(
            PlanSummary(plan, expected: [first: 10, second: 80], jobs: 1).line
                == "to do: 2 builds, 1 fetch (2.5 MB); about 1m30s")
        #expect(PlanSummary.title(first) == "first")
    }

    @Test(arguments: [
        (0.0, "0.0s"), (0.44, "0.4s"), (9.96, "10s"), (59.4, "59s"), (60, "1m00s"),
        (59.7, "1m00s"), (3599.8, "1h00m"), (3725, "1h02m"),
    ]) func durationsAreForPeople(seconds: Double, text: String) {
        #expect(PlanSummary.duration(seconds) == text)
    }
}
