public import StoreModel

/// Where a fixed output came from.
public struct FetchOrigin: Hashable, Sendable {
    /// The fixed output.
    public var output: StorePath
    /// The URL it was fetched from, without credentials.
    public var url: String
    /// When, in seconds since 1970.
    public var time: Int64

    /// An origin from its parts.
    public init(output: StorePath, url: String, time: Int64) {
        self.output = output
        self.url = url
        self.time = time
    }
}
