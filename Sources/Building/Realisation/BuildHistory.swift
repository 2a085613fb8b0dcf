import StoreDatabase
import StoreModel
import Synchronization

/// Writes down builds, and when paths were last used. Nothing depends on either being there: where many builds end
/// within a second, they are written together, and a database that refuses them spoils no build.
final class BuildHistory: Sendable {
    private struct State {
        var builds: [BuildRecord] = []
        var used: [StorePath: Int64] = [:]
        /// When each path's use was last handed to the database.
        var known: [StorePath: Int64] = [:]
        var nextTime = ContinuousClock.now
    }

    private let database: StoreDatabase
    private let state = Mutex(State())

    /// How long a build that succeeded waits for others at most, while others end.
    private static let interval = Duration.seconds(1)

    init(_ database: StoreDatabase) { self.database = database }

    /// Takes down a build, and that `paths` were used when it began.
    ///
    /// What failed is asked for before it is tried again: it is written at once.
    func record(_ build: BuildRecord, using paths: [StorePath] = []) {
        let isDue = state.withLock { state in
            let time = build.startTime / 1000
            state.builds.append(build)
            for path in paths {
                if let known = state.known[path], time - known < StoreDatabase.useGranularity {
                    continue
                }
                state.known[path] = time
                state.used[path] = time
            }
            return build.status != .succeeded || ContinuousClock.now >= state.nextTime
        }
        if isDue { write() }
    }

    /// Writes what waits.
    func write() {
        let (builds, used) = state.withLock { state in
            defer {
                state.builds = []
                state.used = [:]
                state.nextTime = .now + Self.interval
            }
            return (state.builds, state.used)
        }
        guard !builds.isEmpty else { return }
        // See above.
        try? database.record(builds: builds, using: used)
    }

    deinit { write() }
}
