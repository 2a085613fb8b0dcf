import Archives
package import LocalStore
import Primitives
package import StoreModel

/// What ``SizeReport`` can be sorted by.
package enum SizeColumn: String, CaseIterable, Sendable {
    /// The NAR of the path.
    case own = "self"
    /// The blocks of its files.
    case disk
    /// The NARs of all it refers to.
    case closure
    /// What of the closure other rows have too.
    case shared
    /// What of the closure no other row has.
    case exclusive
    /// The name, without the hash.
    case name
}

/// What some store paths weigh.
package struct SizeReport {
    /// One of them. All sizes are in bytes.
    package struct Row {
        package let path: StorePath
        /// Its own NAR.
        package let own: UInt64
        /// What its files take on the disk.
        package let disk: UInt64
        /// How many paths its closure has.
        package let closureCount: Int
        /// The NARs of its closure.
        package let closure: UInt64
        /// What of the closure is in the closure of another row too.
        package let shared: UInt64

        /// What of the closure is in no other row's.
        package var exclusive: UInt64 { closure - shared }
    }

    package private(set) var rows: [Row] = []
    /// Of all of them together; what is in several counts once.
    package let own: UInt64
    package let disk: UInt64
    package let closureCount: Int
    package let closure: UInt64

    /// Adds up.
    ///
    /// - Parameters:
    ///   - graph: who refers to whom below `paths`.
    ///   - sizes: the sizes of the NARs in `graph`.
    package init(
        of paths: [StorePath], in graph: DirectedGraph<StorePath>, sizes: [StorePath: UInt64],
        _ store: LocalStore
    ) throws {
        let closures = paths.map { graph.closure(of: [$0]) }
        var holders: [StorePath: Int] = [:]
        for path in closures.joined() { holders[path, default: 0] += 1 }
        func sum(_ paths: some Sequence<StorePath>) -> UInt64 {
            paths.lazy.map { sizes[$0] ?? 0 }.saturatingSum
        }
        var all = DiskUsage()
        for (path, members) in zip(paths, closures) {
            let tree = try TreeLocation(store.layout.realPath(of: path))
            var usage = DiskUsage()
            try usage.add(tree.name, in: tree.parent)
            all.add(usage)
            rows.append(
                Row(
                    path: path, own: sum([path]), disk: usage.bytes, closureCount: members.count,
                    closure: sum(members),
                    shared: sum(members.filter { holders[$0, default: 0] > 1 })))
        }
        own = sum(paths)
        disk = all.bytes
        closureCount = holders.count
        closure = sum(holders.keys)
    }

    /// The same, sorted; `nil` leaves the rows as they are.
    package func sorted(by column: SizeColumn?) -> SizeReport {
        var result = self
        func sort(by value: (Row) -> UInt64) {
            result.rows.sort { (value($1), $0.path) < (value($0), $1.path) }
        }
        switch column {
        case nil: break
        case .own: sort(by: \.own)
        case .disk: sort(by: \.disk)
        case .closure: sort(by: \.closure)
        case .shared: sort(by: \.shared)
        case .exclusive: sort(by: \.exclusive)
        case .name: result.rows.sort { ($0.path.name, $0.path) < ($1.path.name, $1.path) }
        }
        return result
    }
}
