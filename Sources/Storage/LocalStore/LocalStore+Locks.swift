package import StoreModel

extension LocalStore {
    /// Takes the locks of `paths`, all or none, without waiting.
    ///
    /// - Returns: `nil` when another process or task holds one of them.
    package func tryLock(_ paths: some Sequence<StorePath>) throws -> PathLocks? {
        try PathLocks(paths, in: folder, waits: false)
    }

    /// Takes the locks of `paths`; blocks the thread until others have released them.
    package func lockBlocking(_ paths: some Sequence<StorePath>) throws -> PathLocks {
        while true {
            if let locks = try PathLocks(paths, in: folder, waits: true) { return locks }
        }
    }

    /// Takes the locks of `paths`; suspends the task until others have released them.
    ///
    /// - Throws: also `CancellationError`.
    package func lock(_ paths: [StorePath]) async throws -> PathLocks {
        var pause = Duration.milliseconds(5)
        while true {
            if let locks = try tryLock(paths) { return locks }
            // flock has no event to wait for; other builders hold these locks for seconds.
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .milliseconds(200))
        }
    }
}
