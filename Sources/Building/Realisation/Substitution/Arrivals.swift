package import StoreModel

/// What becomes valid by other means while a plan runs, and which steps wait for it.
package struct Arrivals: Sendable {
    /// A path and whether it is valid now; if not, it will not come.
    package typealias News = (path: StorePath, isValid: Bool)

    /// The paths that a step of the plan must have before it begins, by its `.drv`.
    package let neededBy: [StorePath: Set<StorePath>]
    private let news: AsyncStream<News>
    private let teller: AsyncStream<News>.Continuation

    /// Nothing has come yet.
    package init(neededBy: [StorePath: Set<StorePath>]) {
        self.neededBy = neededBy
        (news, teller) = AsyncStream.makeStream()
    }

    /// Tells that a path has come, or never will.
    package func tell(_ path: StorePath, isValid: Bool) { teller.yield((path, isValid)) }

    /// Tells that nothing else comes.
    package func finish() { teller.finish() }

    /// The next news, for one task at a time; `nil` when there is no more.
    func next() async -> News? {
        var iterator = news.makeAsyncIterator()
        return await iterator.next()
    }
}
