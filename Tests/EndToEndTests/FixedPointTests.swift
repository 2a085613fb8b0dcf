import Foundation
import Primitives
import TestSupport
import Testing

/// `audit fixed-point`: scripts that write scripts stand for compilers that compile compilers.
@Suite(.timeLimit(.minutes(40))) struct FixedPointTests {
    /// Generations of a "compiler": each is a script that the one before it wrote, at its own path, with
    /// a library of its own generation beside it.
    ///
    /// - Parameter write: what the builder of generation `n` writes to `$out/bin/compiler`; `$previous` is
    ///   the path of the one before, `$library` that of its own library.
    private func generations(
        _ count: Int, in store: inout StoreFixture, write: (Int) -> String
    ) throws -> [StoreFixture.Item] {
        var items: [StoreFixture.Item] = []
        for number in 1...count {
            let previous = items.last
            let library = try store.derive(
                "fixed-point-library",
                "mkdir $out; echo \"the library at $out\" > $out/text; echo $generation > /dev/null",
                variables: ["generation": String(number)])
            var variables = ["library": library.output(), "generation": String(number)]
            if let previous { variables["previous"] = previous.output() }
            items.append(
                try store.derive(
                    "fixed-point-compiler",
                    "mkdir -p $out/bin; (\(write(number))) > $out/bin/compiler; "
                        + "ln -s $library/text $out/library; ln -s $out/bin $out/own",
                    inputs: [library] + (previous.map { [$0] } ?? []), variables: variables))
        }
        return items
    }

    private func audit(
        _ store: StoreFixture, _ items: [StoreFixture.Item], _ options: String...
    ) throws -> ChildProcess.Result {
        try store.start(["audit", "fixed-point"] + options + items.map(\.drv)).wait()
    }

    private func record(_ result: ChildProcess.Result) throws -> JSONValue {
        try JSONValue(parsing: Array(result.output.utf8))
    }

    /// References to itself and to a sibling of its own generation count as the same.
    @Test func whatNamesOnlyItsOwnGenerationIsAFixedPointAtOnce() throws {
        var store = try StoreFixture()
        let items = try generations(3, in: &store) { _ in "echo run $out/bin/x with $library" }
        let result = try audit(store, items)
        #expect(result.status == 0, "\(result.error)")
        #expect(result.output.contains("equal: fixed-point-compiler, fixed-point-library"))
        #expect(
            result.output.contains("a fixed point: generation 2 is built from generation 1, and"))
        #expect(result.error.contains("generation 1 is not there yet: making it"))
        // The third was not needed, and so was not built.
        #expect(try !store.isValid(items[2].output()))
        #expect(store.scratch() == [])
    }

    @Test func aFixedPointIsFoundLater() throws {
        var store = try StoreFixture()
        // The first was made by something else, as a seed's compiler makes the first of a toolchain.
        let items = try generations(4, in: &store) { $0 == 1 ? "echo other" : "echo $out" }
        let result = try audit(store, items, "--json")
        #expect(result.status == 0, "\(result.error)")
        let record = try record(result)
        #expect(record["fixedPoint"]?.integer == 2)
        #expect(record["comparisons"]?.array?.map { $0["builtFromFirst"]?.bool } == [true, true])
        #expect(record["generations"]?.array?.count == 3)
        let comparisons = try #require(record["comparisons"]?.array)
        #expect(comparisons.map { $0["equal"]?.bool } == [false, true])
        let packages = try #require(comparisons[0]["packages"]?.array)
        let byName = Dictionary(
            uniqueKeysWithValues: packages.map { ($0["name"]?.string ?? "", $0) })
        #expect(byName["fixed-point-library"]?["equal"]?.bool == true)
        let difference = byName["fixed-point-compiler"]?["difference"]
        #expect(difference?["count"]?.integer == 1)
        #expect(difference?["differences"]?.array?.first?["path"]?.string == "bin/compiler")
    }

    @Test func whatCountsItsGenerationsNeverIsOne() throws {
        var store = try StoreFixture()
        let items = try generations(3, in: &store) { _ in "echo generation $generation" }
        let result = try audit(store, items)
        #expect(result.status == 2, "\(result.error)")
        #expect(result.output.contains("differs: fixed-point-compiler"))
        #expect(result.output.contains("- generation 2"))
        #expect(result.output.contains("+ generation 3"))
        #expect(
            result.output.contains(
                "no fixed point: generation 3 is not the same as 2 (1 of 2 packages differ)"))
        #expect(try store.strays() == [])
    }

    /// What still names the generation before it is no copy of it, although that named itself there.
    @Test func aReferenceToTheEarlierGenerationIsALeak() throws {
        var store = try StoreFixture()
        let items = try generations(2, in: &store) { $0 == 1 ? "echo $out" : "echo $previous" }
        let result = try audit(store, items, "--json")
        #expect(result.status == 2, "\(result.error)")
        let comparison = try #require(try record(result)["comparisons"]?.array?.first)
        #expect(
            comparison["leaks"]?.array?.compactMap(\.string).contains(items[0].output()) == true)
        let text = try audit(store, items)
        #expect(
            text.output.contains(
                "the later still refers to the earlier's: \(items[0].output())"))
    }

    /// As gcc's checksum of its own objects: told, and no difference, as long as it is all that differs.
    @Test func aProgramsDigestOfItselfIsTold() throws {
        var store = try StoreFixture()
        func compiler(_ generation: Int, _ more: String) throws -> StoreFixture.Item {
            try store.derive(
                "gcc-of-fixed-point-test",
                "mkdir $out; echo $out the digest 000000000000000$generation ends > $out/cc1; \(more)",
                variables: ["generation": String(generation)])
        }
        let alone = try (1...2).map { try compiler($0, "echo same > $out/other") }
        let result = try audit(store, alone)
        #expect(result.status == 0, "\(result.error)")
        // Neither was built from the other.
        #expect(!result.output.contains("a fixed point"))
        #expect(result.output.contains("does not say that one made the other"))
        #expect(result.output.contains("equal but for digests of itself: gcc-of-fixed-point-test"))
        #expect(result.output.contains("compiler executable checksum"))
        let more = try (1...2).map { try compiler($0, "echo $generation > $out/other") }
        #expect(try audit(store, more).status == 2)
        let longer = try (1...2).map {
            try compiler($0, "echo $generation 3456789012345678 $generation >> $out/cc1")
        }
        #expect(try audit(store, longer).status == 2)
    }

    @Test func storePathsCanBeGenerations() throws {
        var store = try StoreFixture()
        let items = try generations(2, in: &store) { _ in "echo $out" }
        for item in items { try store.realise(item) }
        let result = try store.run(
            "audit", "fixed-point", items[0].output(), items[1].output())
        #expect(result.status == 0, "\(result.error)")
        #expect(result.error == "comparing generation 2 with 1\n")
        // Nothing tells how they came.
        #expect(result.output.contains("equal: generation 2 is the same as 1 but for"))
    }

    @Test func aDryRunBuildsNothingAndFailuresAreTold() throws {
        var store = try StoreFixture()
        let items = try generations(2, in: &store) { $0 == 1 ? "echo" : "exit 3" }
        let plan = try audit(store, items, "--dry-run")
        #expect(plan.status == 0, "\(plan.error)")
        #expect(plan.output.contains("4 to build"))
        #expect(try !store.isValid(items[0].output()))
        #expect(try audit(store, items).status == 100)
        #expect(try audit(store, [items[0]]).status == 2)
        #expect(try audit(store, items, "--limit", "1").status == 2)
    }

    /// Nothing is built: what would be is more than any test may take.
    @Test func theToolchainIsPlanned() throws {
        let store = try StoreFixture(withTools: false)
        let result = try store.run("audit", "fixed-point", "toolchain", "--dry-run", "--json")
        #expect(result.status == 0, "\(result.error)")
        let build = try record(result)["build"]?.array?.compactMap(\.string) ?? []
        #expect(build.filter { $0.hasSuffix("-gcc-final-12.2.0.drv") }.count == 3)
        let two = try store.run(
            "audit", "fixed-point", "toolchain", "--limit", "2", "--dry-run", "--json")
        let less = try record(two)["build"]?.array?.compactMap(\.string) ?? []
        #expect(less.filter { $0.hasSuffix("-gcc-final-12.2.0.drv") }.count == 2)
        #expect(Set(less).isSubset(of: build))
    }
}
