/// How far a download is.
public struct DownloadProgress: Hashable, Sendable {
    /// Bytes of the file that are there, those of an earlier run included.
    public let bytesDone: UInt64
    /// Bytes the file will have, as far as the request or the server say.
    public let bytesTotal: UInt64?
    /// Where they come from.
    public let url: DownloadURL

    /// A report.
    public init(bytesDone: UInt64, bytesTotal: UInt64?, url: DownloadURL) {
        self.bytesDone = bytesDone
        self.bytesTotal = bytesTotal
        self.url = url
    }
}
