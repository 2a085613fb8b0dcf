import HeapModule

/// Work that waits for other work: which may begin, and which of it first. What waits for what is counted
/// here and nowhere else.
///
/// What is ready lies in a heap for each lane, because each lane has a limit of its own: one heap would
/// have to be searched for what may start.
package struct WorkGraph<ID: Hashable & Comparable & Sendable, Lane: Hashable & Sendable>: Sendable
{
    /// A piece of work that is to be done.
    package struct Item: Sendable {
        /// Which.
        package let id: ID
        /// The kind of work it is, for limits.
        package let lane: Lane
        /// What must be done first.
        package let dependencies: Set<ID>
        /// How long it takes, on any scale.
        package let weight: Double

        /// A piece of work.
        package init(_ id: ID, _ lane: Lane, after dependencies: Set<ID> = [], weight: Double = 1) {
            self.id = id
            self.lane = lane
            self.dependencies = dependencies
            self.weight = weight
        }
    }

    private enum State { case waiting, ready, running, done, abandoned }

    private struct Node {
        let lane: Lane
        var state = State.waiting
        /// How much of what it needs is not done.
        var needed: Int
        /// What waits for it.
        var dependents: [ID] = []
        /// The weight of the longest chain that it holds up.
        var urgency = 0.0
    }

    /// Something that may begin: the most urgent is the largest.
    private struct Ready: Comparable {
        let urgency: Double
        let id: ID

        static func < (left: Self, right: Self) -> Bool {
            left.urgency != right.urgency ? left.urgency < right.urgency : left.id > right.id
        }
    }

    private var nodes: [ID: Node] = [:]
    private var ready: [Lane: Heap<Ready>] = [:]
    private var order: [ID] = []
    private var causes: [ID: ID] = [:]

    /// A graph of `items`.
    ///
    /// - Parameters:
    ///   - items: each after those that it needs, if their weights are to count.
    ///   - done: what is done already, also among `items`. What else an item needs and is not among them
    ///     never comes, and the item never begins; nor do those in a circle.
    package init(_ items: [Item], done: Set<ID> = []) {
        for item in items where !done.contains(item.id) {
            let needed = item.dependencies.subtracting(done).count
            nodes[item.id] = Node(lane: item.lane, needed: needed)
            order.append(item.id)
        }
        for item in items where nodes[item.id] != nil {
            for dependency in item.dependencies { nodes[dependency]?.dependents.append(item.id) }
        }
        for item in items.reversed() {
            guard let node = nodes[item.id] else { continue }
            var above = 0.0
            for dependent in node.dependents { above = max(above, nodes[dependent]?.urgency ?? 0) }
            nodes[item.id]?.urgency = above + item.weight
        }
        for id in order where nodes[id]?.needed == 0 { makeReady(id) }
    }

    /// Whether it is to be done, under way or given up; not what was done before the graph was made.
    package func contains(_ id: ID) -> Bool { nodes[id] != nil }

    /// Whether something of this lane may begin.
    package mutating func hasReady(in lane: Lane) -> Bool {
        dropStale(lane)
        return ready[lane]?.isEmpty == false
    }

    /// Begins the most urgent work of a lane that may begin; `nil` when there is none.
    package mutating func next(in lane: Lane) -> ID? {
        dropStale(lane)
        guard let id = ready[lane]?.popMax()?.id else { return nil }
        nodes[id]?.state = .running
        return id
    }

    /// Begins all work of a lane that may begin, and what waits for nothing besides it: to be done
    /// together, in the order returned.
    package mutating func all(in lane: Lane) -> [ID] {
        var batch: [ID] = []
        while let id = next(in: lane) { batch.append(id) }
        var needed: [ID: Int] = [:]
        var index = 0
        while index < batch.count {
            for dependent in nodes[batch[index]]?.dependents ?? [] {
                guard let node = nodes[dependent], node.lane == lane, node.state == .waiting else {
                    continue
                }
                let rest = needed[dependent, default: node.needed] - 1
                needed[dependent] = rest
                guard rest == 0 else { continue }
                nodes[dependent]?.state = .running
                batch.append(dependent)
            }
            index += 1
        }
        return batch
    }

    /// Notes that work is under way which began before the graph was made.
    package mutating func begin(_ id: ID) {
        guard let state = nodes[id]?.state, state == .waiting || state == .ready else { return }
        nodes[id]?.state = .running
    }

    /// Notes that work is done, so that what waits for it may begin.
    package mutating func finish(_ id: ID) {
        guard let node = nodes[id], node.state != .done, node.state != .abandoned else { return }
        nodes[id]?.state = .done
        for dependent in node.dependents {
            nodes[dependent]?.needed -= 1
            if nodes[dependent]?.needed == 0, nodes[dependent]?.state == .waiting {
                makeReady(dependent)
            }
        }
    }

    /// Puts work back that was begun and is to be done in another way.
    package mutating func putBack(_ id: ID, in lane: Lane) {
        guard let node = nodes[id], node.state == .running else { return }
        nodes[id]?.state = .ready
        ready[lane, default: []].insert(Ready(urgency: node.urgency, id: id))
    }

    /// Gives up work, and all that needs it and has not begun.
    ///
    /// - Returns: what was given up besides, each after what it needs.
    @discardableResult
    package mutating func fail(_ id: ID) -> [ID] {
        guard let node = nodes[id], node.state != .abandoned else { return [] }
        nodes[id]?.state = .abandoned
        var given: [ID] = []
        var queue = node.dependents[...]
        while let next = queue.popFirst() {
            guard let node = nodes[next], node.state == .waiting || node.state == .ready else {
                continue
            }
            nodes[next]?.state = .abandoned
            causes[next] = id
            given.append(next)
            queue += node.dependents
        }
        return given
    }

    /// What was given up because of something else, and because of what, each after what it needs.
    package var abandoned: [(id: ID, cause: ID)] {
        order.compactMap { id in causes[id].map { (id, $0) } }
    }

    /// All of a lane that can be done, each after what it needs, when nothing fails.
    package consuming func doable(in lane: Lane) -> [ID] {
        var graph = self
        return graph.all(in: lane)
    }

    private mutating func makeReady(_ id: ID) {
        guard let node = nodes[id] else { return }
        nodes[id]?.state = .ready
        ready[node.lane, default: []].insert(Ready(urgency: node.urgency, id: id))
    }

    /// What was given up or begun otherwise stays in the heap until it comes up.
    private mutating func dropStale(_ lane: Lane) {
        while let top = ready[lane]?.max, nodes[top.id]?.state != .ready {
            _ = ready[lane]?.popMax()
        }
    }
}
