import Audits
import StoreModel
import Testing

/// What belongs together in two generations.
@Suite struct GenerationPairingTests {
    /// A path whose hash part repeats a character.
    private func path(_ character: Character, _ name: String) throws -> StorePath {
        try StorePath(baseName: String(repeating: character, count: 32) + "-" + name)
    }

    private func pairing(
        _ goal: (StorePath, StorePath), _ first: [StorePath], _ second: [StorePath]
    ) -> GenerationPairing {
        GenerationPairing(
            goals: [GenerationPairing.Pair(first: goal.0, second: goal.1)],
            first: Set(first + [goal.0]), second: Set(second + [goal.1]))
    }

    @Test func goalsBelongTogetherAndThenWhatHasTheSameName() throws {
        let (one, other) = (try path("1", "compiler-1"), try path("2", "compiler-2"))
        let (library, newLibrary) = (try path("3", "library"), try path("4", "library"))
        let data = try path("5", "data")
        let pairing = pairing((one, other), [library, data], [newLibrary, data])
        #expect(
            Set(pairing.pairs) == [
                .init(first: one, second: other), .init(first: library, second: newLibrary),
            ])
        #expect(pairing.shared == [data])
        #expect(pairing.leaks.isEmpty && pairing.onlyInFirst.isEmpty)
        #expect(pairing.onlyInSecond.isEmpty)
    }

    @Test func whatTheLaterStillRefersToIsALeak() throws {
        let (one, other) = (try path("1", "compiler"), try path("2", "compiler"))
        let (library, newLibrary) = (try path("3", "library"), try path("4", "library"))
        let leaking = pairing((one, other), [library], [newLibrary, library])
        #expect(leaking.leaks == [library])
        #expect(leaking.pairs.contains(.init(first: library, second: newLibrary)))
        #expect(leaking.onlyInSecond.isEmpty && leaking.shared.isEmpty)
        #expect(pairing((one, other), [], [one]).leaks == [one])
    }

    @Test func whatHasNoCounterpartOrSeveralIsLeftOver() throws {
        let (one, other) = (try path("1", "compiler"), try path("2", "compiler"))
        let twice = [try path("3", "library"), try path("4", "library")]
        let new = try path("5", "library")
        let ambiguous = pairing((one, other), twice, [new])
        #expect(ambiguous.onlyInFirst == Set(twice))
        #expect(ambiguous.onlyInSecond == [new])
        #expect(pairing((one, other), [new], []).onlyInFirst == [new])
    }

    /// A derivation that is its own successor.
    @Test func theSamePathIsShared() throws {
        let one = try path("1", "compiler")
        let same = pairing((one, one), [], [])
        #expect(same.pairs.isEmpty && same.leaks.isEmpty && same.shared == [one])
    }
}
