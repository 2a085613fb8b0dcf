package import StoreModel

/// What the time of a realisation is made of: the chain of builds that nothing but themselves can make
/// shorter, and how much each of them would give.
package struct CriticalPath: Sendable {
    /// A build of the chain.
    package struct Step: Sendable {
        /// Its derivation.
        package let path: StorePath
        /// How long it took by the clock.
        package let time: Duration
        /// How much shorter the longest chain would be if it took no time: at most ``time``, less when
        /// another chain is nearly as long.
        package let gain: Duration
    }

    /// The longest chain, first what is built first. Builds that took no time are not in it.
    package let steps: [Step]
    /// How long it takes: no number of processors or machines makes the whole faster.
    package let length: Duration
    /// How long all builds take one after the other.
    package let total: Duration
    /// How many derivations there are.
    package let count: Int

    /// How many builds at once, at least, could bring the whole to ``length``; more than its ceiling
    /// hardly help. 0 when nothing took time.
    package var parallelism: Double { length == .zero ? 0 : total / length }

    /// The chain of the derivations below `root`.
    ///
    /// - Parameters:
    ///   - inputs: the derivations that one is built from; called once for each.
    ///   - time: how long the build of one took by the clock; zero when there was none.
    /// - Throws: what `inputs` throws, and `GraphCycle`.
    package init(
        of root: StorePath, inputs: (StorePath) throws -> [StorePath],
        time: (StorePath) -> Duration
    ) throws {
        var graph = DirectedGraph<StorePath>()
        graph.insert(root)
        var next = 0
        while next < graph.nodes.count {
            let path = graph.nodes[next]
            for input in try inputs(path) { graph.insert(edge: path, to: input) }
            next += 1
        }
        let order = try graph.topologicalOrder()
        let places = Dictionary(
            uniqueKeysWithValues: order.enumerated().map { ($0.element, $0.offset) })
        let needs = order.map { path in graph.successors(of: path).compactMap { places[$0] } }
        let times = order.map(time)
        // The root comes last: everything else is needed for it.
        let whole = Self.finish(needs, times)
        var steps: [Step] = []
        var current = needs.indices.last
        while let place = current {
            if times[place] > .zero {
                var without = times
                without[place] = .zero
                let rest = Self.finish(needs, without).last ?? .zero
                steps.append(
                    Step(
                        path: order[place], time: times[place],
                        gain: (whole.last ?? .zero) - rest))
            }
            // The first of those that finish last, so that two runs agree.
            current = needs[place].sorted().max { whole[$0] < whole[$1] }
        }
        self.steps = steps.reversed()
        length = whole.last ?? .zero
        total = times.reduce(.zero, +)
        count = order.count
    }

    /// When each build is done if all begin as soon as they can.
    private static func finish(_ needs: [[Int]], _ times: [Duration]) -> [Duration] {
        var finish: [Duration] = []
        finish.reserveCapacity(times.count)
        for (place, needed) in needs.enumerated() {
            finish.append((needed.map { finish[$0] }.max() ?? .zero) + times[place])
        }
        return finish
    }
}
