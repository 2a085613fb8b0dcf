package import StoreModel

/// All valid paths at one moment, by number, with what a collector has to know of them. Built from
/// three statements; walks over it touch no row and hash no name.
package struct StoreSnapshot: Sendable {
    /// The valid paths, sorted; the other arrays are indexed as this one.
    package internal(set) var paths: [StorePath] = []
    /// The size of each path's NAR in bytes.
    package internal(set) var narSizes: [UInt64] = []
    /// When each path was last used, in seconds since 1970.
    package internal(set) var lastUseTimes: [Int64] = []
    /// What each path refers to.
    package internal(set) var references: [[Int]] = []
    /// The valid derivation that made each path, when it is known and valid.
    package internal(set) var derivers: [Int?] = []
    /// The valid outputs of each path that is a derivation.
    package internal(set) var outputs: [[Int]] = []
    private var indices: [StorePath: Int] = [:]

    init() {}

    /// The number of `path`; `nil` when it was not valid.
    package func index(of path: StorePath) -> Int? { indices[path] }

    mutating func insert(_ path: StorePath, narSize: UInt64, lastUseTime: Int64) -> Int {
        indices[path] = paths.count
        paths.append(path)
        narSizes.append(narSize)
        lastUseTimes.append(lastUseTime)
        references.append([])
        derivers.append(nil)
        outputs.append([])
        return paths.count - 1
    }
}
