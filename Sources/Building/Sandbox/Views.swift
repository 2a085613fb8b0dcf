import Synchronization

/// The views that no build uses at the moment.
final class Views: Sendable {
    private let spawner: Spawner
    private let idle = Mutex<[String: [StoreView]]>([:])

    /// None yet.
    init(_ spawner: Spawner) { self.spawner = spawner }

    /// A view for a build, which is nobody else's until it is given back.
    func take(for request: BuildRequest) throws(SandboxError) -> StoreView {
        guard let shared = request.sharedDirectory else {
            return try StoreView(in: request.hostDirectory, isShared: false, by: spawner)
        }
        let found = idle.withLock { idle -> StoreView? in
            // A download has no inputs; what the builds around it need should not go for it.
            let index = idle[shared]?.lastIndex {
                ($0.inputCount == 0) == request.storeInputs.isEmpty
            }
            return index.flatMap { idle[shared]?.remove(at: $0) }
        }
        if let found { return found }
        return try StoreView(in: shared, isShared: true, by: spawner)
    }

    /// Gives back one of which nothing of its build is left.
    func giveBack(_ view: StoreView, of request: BuildRequest) {
        guard let shared = request.sharedDirectory else { return }
        idle.withLock { $0[shared, default: []].append(view) }
    }

    /// Lets go of what idle views hold: a file that is mounted takes its space after it was removed.
    func forget() {
        let all = idle.withLock { idle in
            defer { idle = [:] }
            return idle
        }
        withExtendedLifetime(all) {}
    }
}
