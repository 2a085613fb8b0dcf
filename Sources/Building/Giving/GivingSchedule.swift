/// What is done next while a closure is given to a cache: each item is packed, sent and published, the last
/// only after everything that it refers to. A value without work of its own.
package struct GivingSchedule {
    /// Something to do; items are numbered in closure order.
    package enum Job: Equatable {
        case pack(Int)
        case send(Int)
        case publish([Int])
    }

    /// How much at once.
    package struct Limits {
        package var packing: Int
        /// Transfers; without batches also publications.
        package var sending: Int
        /// Whether many are published by one job, one job at a time.
        package var inBatches: Bool

        package init(packing: Int, sending: Int, inBatches: Bool) {
            self.packing = packing
            self.sending = sending
            self.inBatches = inBatches
        }
    }

    /// A batch of so many is published whatever else is under way.
    static let batchCount = 64

    private let limits: Limits
    /// For each item those that wait for it, and how many it waits for.
    private var dependents: [[Int]]
    private var blockers: [Int]
    private var toPack: [Int]
    private var toSend: [Int] = []
    private var isSent: [Bool]
    private var toPublish: [Int] = []
    private var packing = 0
    private var sending = 0
    private var publishing = 0

    /// - Parameters:
    ///   - references: for each item the items before it that it refers to.
    ///   - ready: items whose NARs are there, so that they are only published.
    package init(_ references: [[Int]], ready: Set<Int> = [], limits: Limits) {
        self.limits = limits
        dependents = Array(repeating: [], count: references.count)
        blockers = references.map(\.count)
        isSent = references.indices.map { ready.contains($0) }
        // Taken from the end.
        toPack = references.indices.filter { !ready.contains($0) }.reversed()
        for (item, needed) in references.enumerated() {
            for other in needed { dependents[other].append(item) }
        }
        for item in references.indices where isSent[item] && references[item].isEmpty {
            offer(item)
        }
    }

    /// The next job, which now counts as begun; `nil` when something must be done first, or all is.
    package mutating func next() -> Job? {
        if let job = nextPublication() { return job }
        let transfers = sending + (limits.inBatches ? 0 : publishing)
        if transfers < limits.sending, let item = toSend.first {
            toSend.removeFirst()
            sending += 1
            return .send(item)
        }
        // What is packed lies on a disk until it is sent.
        if packing < limits.packing, packing + toSend.count < limits.packing + limits.sending,
            let item = toPack.popLast()
        {
            packing += 1
            return .pack(item)
        }
        return nil
    }

    private mutating func nextPublication() -> Job? {
        guard limits.inBatches else {
            guard publishing + sending < limits.sending, let item = toPublish.first else {
                return nil
            }
            toPublish.removeFirst()
            publishing += 1
            return .publish([item])
        }
        let isQuiet = packing == 0 && sending == 0 && toSend.isEmpty && toPack.isEmpty
        guard publishing == 0, !toPublish.isEmpty, isQuiet || toPublish.count >= Self.batchCount
        else { return nil }
        defer { toPublish = [] }
        publishing = 1
        return .publish(toPublish)
    }

    /// Takes down that a job is done.
    package mutating func finish(_ job: Job) {
        switch job {
        case .pack(let item):
            packing -= 1
            toSend.append(item)
        case .send(let item):
            sending -= 1
            isSent[item] = true
            if blockers[item] == 0 { offer(item) }
        case .publish(let items):
            publishing -= 1
            if !limits.inBatches { items.forEach { release($0) } }
        }
    }

    /// An item can be published: in a batch, what refers to it can follow it at once.
    private mutating func offer(_ item: Int) {
        var offered = [item]
        while let item = offered.popLast() {
            toPublish.append(item)
            guard limits.inBatches else { continue }
            for dependent in dependents[item] {
                blockers[dependent] -= 1
                if blockers[dependent] == 0, isSent[dependent] { offered.append(dependent) }
            }
        }
    }

    private mutating func release(_ item: Int) {
        for dependent in dependents[item] {
            blockers[dependent] -= 1
            if blockers[dependent] == 0, isSent[dependent] { offer(dependent) }
        }
    }
}
