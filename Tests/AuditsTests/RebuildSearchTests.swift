import Audits
import Primitives
import StoreModel
import Testing

/// What is blamed, with builders that are functions of what is varied.
@Suite struct RebuildSearchTests {
    private static let output = "0a3z6lnvml60n2xhx7amz4xv4jmw2q2k-out"

    /// Runs the search; `text` is what a builder makes, `nil` when it fails.
    private func run(
        _ variations: [Variation] = Variation.allCases, valid: String = "",
        _ text: @escaping @Sendable ([Variation]) -> String?
    ) async throws -> (RebuildVerdict, builds: Int) {
        let path = try StorePath(baseName: Self.output)
        let search = RebuildSearch(variations) { varied in
            guard let made = text(varied) else { return .failed("no") }
            return .made([path: Digest.hash(made)])
        }
        return try await search.run(valid: [path: Digest.hash(valid)])
    }

    @Test func whatDependsOnNothingTakesTwoBuilds() async throws {
        let (verdict, builds) = try await run { _ in "" }
        #expect(verdict == .same)
        #expect(builds == 2)
    }

    @Test(arguments: Variation.allCases) func oneCauseIsFound(cause: Variation) async throws {
        let (verdict, builds) = try await run { $0.contains(cause) ? "other" : "" }
        #expect(verdict == .varies([[cause]]))
        // Both halves of 7, of 4 and of 2 at most, after the first two.
        #expect(builds <= 8)
    }

    @Test func severalCausesAreFoundAndPairsStayTogether() async throws {
        let two = try await run { varied in
            varied.filter { $0 == .time || $0 == .order }.map(\.rawValue).joined()
        }
        #expect(two.0 == .varies([[.time], [.order]]))
        let pair = try await run([.cores, .umask]) { $0.count == 2 ? "other" : "" }
        #expect(pair.0 == .varies([[.cores, .umask]]))
    }

    @Test func whatIsValidMayHaveBeenMadeInAnotherWay() async throws {
        #expect(try await run(valid: "old") { _ in "" }.0 == .changed([]))
        let more = try await run(valid: "old") { $0.contains(.locale) ? "french" : "" }
        #expect(more.0 == .changed([[.locale]]))
    }

    @Test func failuresAreFindingsToo() async throws {
        #expect(try await run { _ in nil }.0 == .failed([], reason: "no"))
        let fragile = try await run { $0.contains(.umask) ? nil : "" }
        #expect(fragile.0 == .failed([.umask], reason: "no"))
    }
}
