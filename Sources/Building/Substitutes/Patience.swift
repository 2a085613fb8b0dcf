/// Judges while a transfer runs whether it comes forward; asked about once a second.
///
/// Nothing at all for ``DownloadPolicy/stallTimeout`` seconds is libcurl's to find. Here it is found that
/// next to nothing comes for minutes (a server that sends a byte now and then would hold a download for
/// ever), and that a small text takes too long.
struct Patience {
    private let policy: DownloadPolicy
    private let began: ContinuousClock.Instant
    private var lastByte: ContinuousClock.Instant
    private var bytes: UInt64 = 0
    private var windowBegan: ContinuousClock.Instant
    private var windowBytes: UInt64 = 0
    private var hasToldSilence = false

    /// What is to be done.
    enum Verdict: Equatable {
        case goOn
        /// Somebody should know that nothing has come for so many seconds; said once in each silence.
        case tellSilence(Int)
        case end(DownloadFailure)
    }

    init(_ policy: DownloadPolicy, at now: ContinuousClock.Instant = .now) {
        self.policy = policy
        (began, lastByte, windowBegan) = (now, now, now)
    }

    /// What to do when `received` bytes have come, headers included.
    mutating func judge(
        received: UInt64, at now: ContinuousClock.Instant = .now
    ) -> Verdict {
        if received > bytes {
            (bytes, lastByte, hasToldSilence) = (received, now, false)
        }
        if let limit = policy.maximumSeconds, now - began >= .seconds(limit) {
            return .end(.tooSlow("it took more than \(limit) seconds"))
        }
        let window = policy.averageSeconds
        if now - windowBegan >= .seconds(window) {
            let came = bytes - windowBytes
            if came < UInt64(policy.minimumAverage * window) {
                return .end(.tooSlow("\(came) bytes in \(window) seconds"))
            }
            (windowBegan, windowBytes) = (now, bytes)
        }
        let silence = Int((now - lastByte) / .seconds(1))
        if silence >= policy.silenceToTell, !hasToldSilence {
            hasToldSilence = true
            return .tellSilence(silence)
        }
        return .goOn
    }
}
