import Graphs
import LocalStore
import Primitives
import StoreDatabase
import StoreModel
import TestSupport
import Testing

/// Questions to a store, and what they say of what belongs together.
@Suite struct StoreQueryTests {
    let directory: TemporaryDirectory
    let store: LocalStore
    let library: StorePath
    let other: StorePath
    let program: StorePath

    init() throws {
        directory = try TemporaryDirectory()
        store = try LocalStore(
            opening: StoreLayout(root: directory.path + "/root"), access: .create)
        library = try store.addText(name: "library-1.0", contents: Array("library\n".utf8))
        other = try store.addText(name: "other", contents: Array("other\n".utf8))
        let place = store.storeDirectory.path(of: library)
        program = try store.addText(
            name: "program-2.0", contents: Array("#!\(place)\n".utf8),
            references: [library, other])
    }

    @Test func theClosureHasDependenciesFirst() throws {
        let found = try StoreQuery(store: store).requisites([program], includeOutputs: false)
        #expect(found.last == program)
        #expect(Set(found) == [library, other, program])
        #expect(
            try StoreQuery(store: store).referrersClosure([library], includeOutputs: false)
                .contains(program))
    }

    @Test func whatIsNotValidIsSaid() throws {
        let absent = try StorePath(hash: [UInt8](repeating: 7, count: 20), name: "absent")
        let error = #expect(throws: StoreQueryError.self) {
            try StoreQuery(store: store).info(absent)
        }
        #expect("\(try #require(error))".contains(store.storeDirectory.path(of: absent)))
        #expect(throws: StoreQueryError.self) { try StoreQuery(store: store).outputs([library]) }
    }

    @Test func reasonsNameTheFileAndThePlace() throws {
        var reasons = try DependencyReasons(of: program, on: library, all: false, in: store)
        #expect(reasons.shortest == [program, library])
        try reasons.locate(all: false, in: store)
        #expect(reasons.hops.map(\.places.count) == [1])
        // Declared, and in no byte.
        reasons = try DependencyReasons(of: program, on: other, all: true, in: store)
        try reasons.locate(all: true, in: store)
        #expect(reasons.hops.map(\.places.count) == [0])
        #expect(
            try DependencyReasons(of: library, on: program, all: true, in: store).shortest.isEmpty)
    }

    @Test func sizesAreSharedOrExclusive() throws {
        let graph = try store.database.referenceGraph(below: [program, library])
        let sizes = try store.database.narSizes(among: graph.nodes)
        let report = try SizeReport(of: [program, library], in: graph, sizes: sizes, store)
        #expect(report.closureCount == 3)
        #expect(report.rows[0].shared == sizes[library])
        #expect(report.rows[1].exclusive == 0)
        #expect(report.sorted(by: .name).rows.map(\.path) == [library, program])
    }

    @Test func closuresDifferByPackages() throws {
        let newer = try store.addText(
            name: "library-1.1", contents: Array("a longer library\n".utf8))
        let difference = try ClosureDifference(of: library, newer, in: store)
        #expect(difference.packages.map(\.name) == ["library"])
        #expect(difference.packages[0].before?.versions == ["1.0"])
        #expect(difference.packages[0].after?.versions == ["1.1"])
        #expect(try ClosureDifference(of: program, program, in: store).packages.isEmpty)
    }

    @Test func textsOfModerateSizeAreRead() throws {
        let query = StoreQuery(store: store)
        #expect(try query.smallText(library) == "library\n")
        let bytes = try store.addText(name: "bytes", contents: [0xff, 0xfe])
        #expect(try query.smallText(bytes) == nil)
    }
}
