import Glibc

/// The processors of this machine.
enum Processors {
    /// How many work at the same time, at most 64.
    private static var count: Int { max(1, min(64, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))) }

    /// How many threads may work at the same time: one for each processor, or as many as the limits
    /// of memory and processes leave.
    ///
    /// The library that runs tasks waits without a word for a thread that it does not get, so this
    /// tries first.
    ///
    /// - Throws: ``StoreCommandsError/noThreads(_:)`` when there is not one.
    static func workers() throws(StoreCommandsError) -> Int {
        // Two more, for what the library does beside the tasks.
        let (possible, code) = threads(count + 2)
        guard possible > 2 else { throw .noThreads(code) }
        return possible - 2
    }

    /// Makes sure that the one thread can be had that every question to the database takes.
    static func requireThread() throws(StoreCommandsError) {
        let (possible, code) = threads(1)
        guard possible > 0 else { throw .noThreads(code) }
    }

    /// Starts threads that end when all have begun.
    ///
    /// - Returns: how many of `wanted` could be started, and why not more.
    private static func threads(_ wanted: Int) -> (Int, Int32) {
        var gate = unsafe pthread_mutex_t()
        unsafe pthread_mutex_init(&gate, nil)
        defer { unsafe pthread_mutex_destroy(&gate) }
        return unsafe withUnsafeMutablePointer(to: &gate) { gate in
            unsafe pthread_mutex_lock(gate)
            var started: [pthread_t] = []
            var code: Int32 = 0
            while started.count < wanted, code == 0 {
                var thread = pthread_t()
                code = unsafe pthread_create(
                    &thread, nil,
                    { argument in
                        guard
                            let gate = unsafe argument?.assumingMemoryBound(
                                to: pthread_mutex_t.self)
                        else { return nil }
                        unsafe pthread_mutex_lock(gate)
                        unsafe pthread_mutex_unlock(gate)
                        return nil
                    }, gate)
                if code == 0 { started.append(thread) }
            }
            unsafe pthread_mutex_unlock(gate)
            for thread in started { pthread_join(thread, nil) }
            return (started.count, code)
        }
    }
}
