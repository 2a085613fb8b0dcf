/// How far a download is.
package struct DownloadProgress: Hashable, Sendable {
    /// Bytes of the file that are there, those of an earlier run included.
    package let bytesDone: UInt64
    /// Bytes the file will have, as far as the request or the server say.
    package let bytesTotal: UInt64?
    /// Where they come from.
    package let url: DownloadURL
    /// For how many seconds nothing has come, when that is why the report is made; else 0.
    package let silentSeconds: Int

    /// A report.
    package init(
        bytesDone: UInt64, bytesTotal: UInt64?, url: DownloadURL, silentSeconds: Int = 0
    ) {
        self.bytesDone = bytesDone
        self.bytesTotal = bytesTotal
        self.url = url
        self.silentSeconds = silentSeconds
    }
}
