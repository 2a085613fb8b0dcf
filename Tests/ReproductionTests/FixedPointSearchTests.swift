import Archives
import Audits
import Foundation
import LocalStore
import Primitives
import Realisation
import Reproduction
import StoreDatabase
import StoreModel
import Synchronization
import TestSupport
import Testing

/// Generations that are texts: whether two are equal, and where the search ends.
@Suite struct FixedPointSearchTests {
    private let directory: TemporaryDirectory
    private let store: LocalStore

    init() throws {
        directory = try TemporaryDirectory()
        store = try LocalStore(opening: StoreLayout(root: directory.path), access: .create)
    }

    private func search(
        _ texts: [String], _ looksInside: Bool = true
    ) async throws -> (FixedPointSearch.Outcome, [FixedPointSearch.Event]) {
        let paths = try texts.enumerated().map { index, text in
            try store.addText(name: "generation-\(index)", contents: Array(text.utf8))
        }
        let events = Mutex<[FixedPointSearch.Event]>([])
        let search = FixedPointSearch(
            paths.map { [.path($0)] }, in: store,
            inspector: TreeInspector(looksInside: looksInside),
            scratch: try WorkDirectory(in: directory.path),
            isThere: { $0 != [.path(paths[0])] },
            realise: { $0.map { ["out": $0.item] } },
            onEvent: { event in events.withLock { $0.append(event) } })
        return (try await search.run(), events.withLock { $0 })
    }

    @Test func itEndsWhereTwoAreEqual() async throws {
        let (result, events) = try await search(["one", "two", "two", "three"])
        #expect(result.fixedPoint == 2)
        #expect(result.generations.count == 3)
        #expect(result.comparisons.map(\.isEqual) == [false, true])
        // Nothing says that one of them was built by another.
        #expect(result.successors.isEmpty)
        #expect(
            events == [
                .making(1), .comparing(2), .different(2, count: 1, of: 1), .comparing(3),
            ])
    }

    @Test func withoutOneThereIsNone() async throws {
        let (result, _) = try await search(["one", "two", "three"])
        #expect(result.fixedPoint == nil && result.comparisons.count == 2)
        let report = try #require(result.comparisons[0].items.first?.report)
        #expect(report.items.first?.contents?.removedLines == ["one"])
        // Nothing is left of the copies that were compared.
        let left = try FileManager.default.contentsOfDirectory(atPath: directory.path)
        #expect(!left.contains("first") && !left.contains("second"))
    }

    @Test func filesAreNotOpenedWhereNobodyAsks() async throws {
        let (result, _) = try await search(["one", "two"], false)
        let report = try #require(result.comparisons[0].items.first?.report)
        #expect(report.count == 1 && report.items.first?.contents == nil)
    }
}
