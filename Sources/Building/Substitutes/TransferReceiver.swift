import Primitives

/// Takes headers and body of one transfer: checks what the headers promise before the first byte
/// touches the file, and every limit while bytes arrive.
final class TransferReceiver: CurlReceiver {
    private let file: PartialFile
    private let url: DownloadURL
    private let expectedSize: UInt64?
    private let maximumSize: UInt64
    /// Whether it may be an address that only the user may name.
    private let mayReachOwn: Bool
    private var patience: Patience
    private var received: UInt64 = 0
    private let progress: (DownloadProgress) -> Void
    /// The byte the request asked to begin with.
    private let requestedStart: UInt64
    private var total: UInt64?
    private var nextReport: UInt64 = 0
    private var discarded = 0
    private(set) var headers = ResponseHeaders()
    /// Whether the answer's body belongs into the file and has begun.
    private(set) var hasBegun = false
    /// Why the receiver ended the transfer, if it did.
    private(set) var failure: DownloadFailure?
    /// Whether the failure means that the bytes in the file are not those asked for.
    private(set) var areBytesWrong = false
    /// Like `failure`, for what no other source can mend.
    private(set) var fatal: DownloadError?
    /// The address that was not to be reached, if there was one.
    private(set) var refusedAddress: String?

    /// Bytes of an error page that are read (so that the connection can be used again).
    private static let discardLimit = 64 << 10
    /// Bytes between two progress reports.
    private static let reportStep: UInt64 = 256 << 10

    init(
        file: PartialFile, url: DownloadURL, requestedStart: UInt64, expectedSize: UInt64?,
        policy: DownloadPolicy, mayReachOwn: Bool,
        progress: @escaping (DownloadProgress) -> Void
    ) {
        self.file = file
        self.url = url
        self.requestedStart = requestedStart
        self.expectedSize = expectedSize
        maximumSize = policy.maximumSize
        self.mayReachOwn = mayReachOwn
        patience = Patience(policy)
        self.progress = progress
    }

    /// Whether the answer carries the file: every `file:` URL, and these statuses.
    var isSuccess: Bool { url.scheme == "file" || [200, 203, 206].contains(headers.status) }

    /// Whether a connection to this address may be made; `nil` is one of another family.
    override func mayConnect(to address: [UInt8]?) -> Bool {
        if mayReachOwn { return true }
        guard let address else { return false }
        if AddressRule.isOwn(address) { refusedAddress = AddressRule.text(address) }
        return !AddressRule.isOwn(address)
    }

    /// Whether a request may go to the address that `host` spells.
    override func mayAsk(host: String) -> Bool {
        if mayReachOwn || !AddressRule.isOwn(host: host) { return true }
        refusedAddress = host
        return false
    }

    /// Called about once a second. Returns whether to go on.
    override func tick() -> Bool {
        switch patience.judge(received: received) {
        case .goOn: return true
        case .tellSilence(let seconds):
            report(silentSeconds: seconds)
            return true
        case .end(let reason):
            failure = reason
            return false
        }
    }

    /// Takes the size of a file, which no header tells.
    func announce(size: UInt64) { headers.contentLength = size }

    /// Takes a header line. Returns whether to go on.
    override func receiveHeader(_ line: String) -> Bool {
        received += UInt64(line.utf8.count)
        if headers.add(line) { return true }
        failure = .malformedResponse(
            "more than \(ResponseHeaders.maximumByteCount) bytes of headers")
        return false
    }

    /// Takes body bytes. Returns whether to go on.
    override func receiveBody(_ bytes: Span<UInt8>) -> Bool {
        received += UInt64(bytes.count)
        guard isSuccess else {
            discarded += bytes.count
            return discarded <= Self.discardLimit
        }
        guard begin() else { return false }
        let size = file.count + UInt64(bytes.count)
        if let expectedSize, size > expectedSize {
            failure = .sizeMismatch(expected: expectedSize, actual: total ?? size)
            areBytesWrong = true
            return false
        }
        if size > maximumSize {
            failure = .tooLarge(limit: maximumSize)
            areBytesWrong = true
            return false
        }
        do throws(DownloadError) {
            try file.append(bytes)
        } catch {
            fatal = error
            return false
        }
        if file.count >= nextReport { report() }
        return true
    }

    /// Checks the headers and readies the file, once; also called at the end, because an empty
    /// body has no first byte. Returns whether to go on.
    func begin() -> Bool {
        if hasBegun { return failure == nil && fatal == nil }
        hasBegun = true
        let start: UInt64
        if headers.status == 206 {
            guard requestedStart > 0, headers.rangeStart == requestedStart else {
                failure = .malformedResponse(
                    "a part beginning at byte \(headers.rangeStart.map { "\($0)" } ?? "?") "
                        + "where byte \(requestedStart) was asked for")
                areBytesWrong = requestedStart > 0
                return false
            }
            start = requestedStart
            total = headers.rangeTotal ?? headers.contentLength.map { start &+ $0 }
        } else {
            start = 0
            total = headers.contentLength
        }
        if let expectedSize, let total, total != expectedSize {
            failure = .sizeMismatch(expected: expectedSize, actual: total)
            return false
        }
        if let total, total > maximumSize {
            failure = .tooLarge(limit: maximumSize)
            return false
        }
        if start == 0 && file.count > 0 {
            do throws(DownloadError) {
                try file.restart()
            } catch {
                fatal = error
                return false
            }
        }
        report()
        return true
    }

    /// Reports where the file stands.
    func report(silentSeconds: Int = 0) {
        nextReport = file.count + Self.reportStep
        progress(
            DownloadProgress(
                bytesDone: file.count, bytesTotal: total ?? expectedSize, url: url,
                silentSeconds: silentSeconds))
    }
}
