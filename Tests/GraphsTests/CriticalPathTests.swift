import Graphs
import StoreModel
import TestSupport
import Testing

/// The longest chain of builds, compared with all chains tried one by one.
@Suite struct CriticalPathTests {
    private static func path(_ number: Int) throws -> StorePath {
        try StorePath(
            hash: [UInt8](repeating: UInt8(number), count: 20), name: "build-\(number).drv")
    }

    private static func longest(_ inputs: [[Int]], _ times: [Int], _ start: Int) -> Int {
        times[start] + (inputs[start].map { longest(inputs, times, $0) }.max() ?? 0)
    }

    @Test(arguments: [UInt64(1), 2, 3, 4]) func chainAndGainsAreThoseOfTheNaiveWay(
        seed: UInt64
    ) throws {
        var random = SplitMix64(seed: seed)
        let count = 12
        let inputs = (0..<count).map { node in
            ((node + 1)..<count).filter {
                $0 == node + 1 || Int.random(in: 0..<4, using: &random) == 0
            }
        }
        let times = (0..<count).map { _ in
            max(0, Int.random(in: -2..<9, using: &random))
        }
        let paths = try (0..<count).map(Self.path)
        func number(_ path: StorePath) throws -> Int {
            try #require(paths.firstIndex(of: path))
        }
        let chain = try CriticalPath(
            of: paths[0], inputs: { path in try inputs[number(path)].map { paths[$0] } },
            time: { path in .seconds(paths.firstIndex(of: path).map { times[$0] } ?? 0) })
        let length = Self.longest(inputs, times, 0)
        #expect(chain.length == .seconds(length))
        #expect(chain.total == .seconds(times.reduce(0, +)))
        #expect(chain.count == count)
        #expect(chain.steps.reduce(.zero) { $0 + $1.time } == chain.length)
        for step in chain.steps {
            var without = times
            without[try number(step.path)] = 0
            #expect(step.gain == .seconds(length - Self.longest(inputs, without, 0)))
        }
        // First what is built first.
        let order = try chain.steps.map { try number($0.path) }
        #expect(order == order.sorted().reversed())
    }

    @Test func nothingRecorded() throws {
        let path = try Self.path(1)
        let chain = try CriticalPath(of: path, inputs: { _ in [] }, time: { _ in .zero })
        #expect(chain.steps.isEmpty && chain.length == .zero && chain.parallelism == 0)
    }
}
