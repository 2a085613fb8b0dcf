package import Archives
package import LocalStore
package import Primitives
import StoreDatabase
package import StoreModel

/// Why one store path is in the closure of another.
package struct DependencyReasons {
    /// A reference, and where it stands.
    package struct Hop {
        package let from: StorePath
        package let to: StorePath
        /// Where it stands, when that was asked for.
        package fileprivate(set) var places: [Place] = []
    }

    /// One occurrence of a reference.
    package struct Place {
        package let location: ReferenceLocation
        /// What stands around it.
        package let excerpt: ByteString
    }

    package let dependent: StorePath
    package let dependency: StorePath
    /// A shortest way from one to the other, both included; empty when there is none.
    package let shortest: [StorePath]
    /// The references on the ways that are shown, by their beginning and then their end.
    package private(set) var hops: [Hop] = []

    /// Asks the database.
    ///
    /// - Parameter all: all ways, not just a shortest one.
    package init(of dependent: StorePath, on dependency: StorePath, all: Bool, in store: LocalStore)
        throws
    {
        self.dependent = dependent
        self.dependency = dependency
        let query = StoreQuery(store: store)
        try query.check(dependent)
        try query.check(dependency)
        let graph = try store.database.referenceGraph(below: [dependent])
        shortest = graph.shortestPath(from: dependent, to: dependency) ?? []
        guard all else {
            hops = zip(shortest, shortest.dropFirst()).map { Hop(from: $0, to: $1) }
            return
        }
        let nodes = graph.nodes(between: dependent, and: dependency)
        let shown = Set(nodes)
        // What the dependency itself refers to is not asked for, even if it leads back to it.
        for node in nodes where node != dependency {
            for target in graph.successors(of: node).sorted()
            where target != node && shown.contains(target) {
                hops.append(Hop(from: node, to: target))
            }
        }
    }

    /// Finds the files that hold each hop, reading every path that begins one once.
    ///
    /// - Parameter all: every file, not just the first.
    package mutating func locate(all: Bool, in store: LocalStore) throws {
        for (from, indices) in Dictionary(grouping: hops.indices, by: { hops[$0].from }) {
            let tree = try TreeLocation(store.layout.realPath(of: from))
            let found = try locateReferences(
                to: indices.map { hops[$0].to.hashPart }, in: tree.name, of: tree.parent)
            let byHash = Dictionary(grouping: found, by: \.hashPart)
            for index in indices {
                let locations = byHash[hops[index].to.hashPart] ?? []
                for location in all ? locations : Array(locations.prefix(1)) {
                    hops[index].places.append(
                        Place(
                            location: location,
                            excerpt: try location.excerpt(in: tree.name, of: tree.parent)))
                }
            }
        }
    }
}
