import Primitives
package import StoreModel

/// What each path of a closure holds: its own bytes, and those that only it leads to, which would be
/// freed if it went. A tree: each path hangs on its dominator, the last path that all ways to it go
/// through.
package struct RetainedSizes: Sendable {
    /// One path.
    package struct Item: Sendable {
        /// The path.
        package let path: StorePath
        /// The size of its own NAR in bytes.
        package let size: UInt64
        /// That, and the sizes of all below it in the tree.
        package internal(set) var retained: UInt64
        /// The index of its dominator; `nil` where several ways meet only in what was asked for.
        package let parent: Int?
        /// The indices of what hangs on it, largest first.
        package internal(set) var children: [Int] = []
    }

    /// All paths, each after its dominator.
    package private(set) var items: [Item]
    /// The indices of those that hang on nothing, largest first.
    package private(set) var roots: [Int] = []

    /// The tree of what `roots` lead to.
    ///
    /// - Parameters:
    ///   - graph: who refers to whom, at least for everything below the roots.
    ///   - sizes: the sizes of NARs in bytes; what is missing counts nothing.
    package init(
        of roots: [StorePath], in graph: DirectedGraph<StorePath>, sizes: [StorePath: UInt64]
    ) {
        var indices: [StorePath: Int] = [:]
        items = []
        for (path, dominator) in graph.dominators(from: roots) {
            let size = sizes[path] ?? 0
            indices[path] = items.count
            items.append(
                Item(
                    path: path, size: size, retained: size,
                    parent: dominator.flatMap { indices[$0] }
                ))
        }
        for index in items.indices.reversed() {
            guard let parent = items[index].parent else { continue }
            items[parent].retained.addSaturating(items[index].retained)
        }
        // From the largest, so that all lists are in that order.
        let order = items.indices.sorted {
            (items[$1].retained, items[$0].path) < (items[$0].retained, items[$1].path)
        }
        for index in order {
            if let parent = items[index].parent {
                items[parent].children.append(index)
            } else {
                self.roots.append(index)
            }
        }
    }

    /// The bytes of everything.
    package var total: UInt64 { roots.lazy.map { items[$0].retained }.saturatingSum }
}
