import Giving
import TestSupport
import Testing

/// The order of work, whatever graph is given and whatever ends first.
@Suite struct GivingScheduleTests {
    @Test(arguments: [true, false]) func referencesAreBeforeReferrers(inBatches: Bool) {
        var random = TestSeed.generator()
        for _ in 0..<200 {
            let count = Int.random(in: 1...40, using: &random)
            let references = (0..<count).map { item in
                (0..<item).filter { _ in Int.random(in: 0..<4, using: &random) == 0 }
            }
            let ready = Set((0..<count).filter { _ in Int.random(in: 0..<5, using: &random) == 0 })
            let limits = GivingSchedule.Limits(
                packing: Int.random(in: 1...3, using: &random),
                sending: Int.random(in: 1...4, using: &random), inBatches: inBatches)
            var schedule = GivingSchedule(references, ready: ready, limits: limits)
            var running: [GivingSchedule.Job] = []
            var sent = ready
            var published: [Int] = []
            while true {
                while let job = schedule.next() {
                    running.append(job)
                    if case .publish(let items) = job {
                        for (place, item) in items.enumerated() {
                            let before = Set(published).union(items[..<place])
                            #expect(before.isSuperset(of: references[item]))
                            #expect(sent.contains(item))
                        }
                    }
                }
                let packing = running.count { if case .pack = $0 { true } else { false } }
                #expect(packing <= limits.packing)
                #expect(running.count <= limits.packing + limits.sending + 1)
                guard !running.isEmpty else { break }
                let job = running.remove(at: Int.random(in: 0..<running.count, using: &random))
                switch job {
                case .pack: break
                case .send(let item): sent.insert(item)
                case .publish(let items): published += items
                }
                schedule.finish(job)
            }
            #expect(published.sorted() == Array(0..<count))
        }
    }
}
