import Primitives

/// How far a collection with limits has to go.
struct CollectionLimit {
    private let request: CollectionRequest
    private let totalSize: UInt64
    private let available: UInt64
    private var freedPaths: UInt64 = 0
    private var freed: UInt64 = 0

    /// The limits of `request`.
    ///
    /// - Parameters:
    ///   - totalSize: the NARs of all valid paths, in bytes.
    ///   - available: the free space of the file system, in bytes.
    init(_ request: CollectionRequest, totalSize: UInt64, available: UInt64) {
        self.request = request
        self.totalSize = totalSize
        self.available = available
    }

    mutating func freePath(_ size: UInt64) {
        freedPaths.addSaturating(size)
        freed.addSaturating(size)
    }

    mutating func freeLeftover(_ size: UInt64) { freed.addSaturating(size) }

    /// Whether one more path is to go.
    var isWanting: Bool {
        if let maxFreed = request.maxFreed, freed >= maxFreed { return false }
        if request.maxSize == nil, request.freeSpace == nil { return true }
        if let maxSize = request.maxSize, totalSize - freedPaths > maxSize { return true }
        if let wanted = request.freeSpace, available + freed < wanted { return true }
        return false
    }
}
