package import StoreModel

/// Where a fixed output came from.
package struct FetchOrigin: Hashable, Sendable {
    /// The fixed output.
    package var output: StorePath
    /// The URL it was fetched from, without credentials.
    package var url: String
    /// When, in seconds since 1970.
    package var time: Int64

    /// An origin from its parts.
    package init(output: StorePath, url: String, time: Int64) {
        self.output = output
        self.url = url
        self.time = time
    }
}
