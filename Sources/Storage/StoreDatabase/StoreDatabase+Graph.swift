import GRDB
package import StoreModel

extension StoreDatabase {
    /// All valid paths and their references, from two statements: closures and orders of many
    /// paths then touch no row again. An edge goes from the referrer to what it refers to.
    package func referenceGraph() throws(StoreDatabaseError) -> DirectedGraph<StorePath> {
        try readTogether { db in
            var graph = DirectedGraph<StorePath>()
            var indices: [Int64: Int] = [:]
            let nodes = try Row.fetchCursor(
                db, sql: "SELECT id, base_name FROM path ORDER BY base_name")
            while let row = try nodes.next() {
                indices[row[0]] = graph.insert(try storePath(row[1]))
            }
            let edges = try Row.fetchCursor(
                db, sql: "SELECT referrer, reference FROM reference ORDER BY referrer, reference")
            while let row = try edges.next() {
                guard let from = indices[row[0]], let target = indices[row[1]] else { continue }
                graph.insert(edgeFrom: from, to: target)
            }
            return graph
        }
    }

    /// Everything that `paths` refer to, directly or not, themselves included, and the references
    /// among it: what ``referenceGraph()`` holds below them, at a cost that does not grow with the
    /// rest of the store.
    ///
    /// - Throws: ``StoreDatabaseError/notValid(_:)`` for the first root that is not valid.
    package func referenceGraph(below paths: some Sequence<StorePath>) throws(StoreDatabaseError)
        -> DirectedGraph<StorePath>
    {
        try readTogether { db in
            let reach = try reach(from: paths, .references, db)
            var graph = DirectedGraph<StorePath>()
            var indices = [Int](repeating: 0, count: reach.identifiers.count)
            for (place, path) in try names(of: reach, db) { indices[place] = graph.insert(path) }
            for edge in reach.edges {
                graph.insert(edgeFrom: indices[edge.from], to: indices[edge.target])
            }
            return graph
        }
    }

    /// Everything that `paths` refer to, directly or not, themselves included, sorted: what
    /// `nix-store --query --requisites` answers.
    ///
    /// - Throws: ``StoreDatabaseError/notValid(_:)`` for the first root that is not valid.
    package func closure(of paths: some Sequence<StorePath>) throws(StoreDatabaseError)
        -> [StorePath]
    {
        try readTogether { db in
            try names(of: reach(from: paths, .references, db), db).map(\.path)
        }
    }

    /// Everything that refers to `paths`, directly or not, themselves included, sorted.
    ///
    /// - Throws: ``StoreDatabaseError/notValid(_:)`` for the first root that is not valid.
    package func referrersClosure(of paths: some Sequence<StorePath>) throws(StoreDatabaseError)
        -> [StorePath]
    {
        try readTogether { db in
            try names(of: reach(from: paths, .referrers, db), db).map(\.path)
        }
    }
}

// MARK: Walking

extension StoreDatabase {
    /// Where a walk goes from a path; the statement answers pairs of rows, from and to.
    private enum Direction: String {
        case references = """
            SELECT referrer, reference FROM reference
            WHERE referrer IN (SELECT value FROM json_each(?))
            """
        case referrers = """
            SELECT reference, referrer FROM reference
            WHERE reference IN (SELECT value FROM json_each(?))
            """
    }

    /// What a walk met: rows in the order of their distance, and edges between places in it.
    private struct Reach {
        var identifiers: [Int64] = []
        var edges: [(from: Int, target: Int)] = []
        private(set) var places: [Int64: Int] = [:]

        /// The place of a row, at the end when it is new.
        mutating func visit(_ identifier: Int64) -> Int {
            if let place = places[identifier] { return place }
            places[identifier] = identifiers.count
            identifiers.append(identifier)
            return identifiers.count - 1
        }
    }

    /// Walks from `roots`, one statement for all paths of one distance: each row of `reference` is
    /// read once, where a recursive statement has to read it again to tell the edges.
    private func reach(
        from roots: some Sequence<StorePath>, _ direction: Direction, _ db: Database
    ) throws -> Reach {
        var reach = Reach()
        for root in roots { _ = reach.visit(try validIdentifier(of: root, db)) }
        let statement = try db.cachedStatement(sql: direction.rawValue)
        var next = 0
        while next < reach.identifiers.count {
            let level = Self.list(reach.identifiers[next...])
            next = reach.identifiers.count
            let rows = try Row.fetchCursor(statement, arguments: [level])
            while let row = try rows.next() {
                let from = reach.visit(row[0])
                reach.edges.append((from, reach.visit(row[1])))
            }
        }
        return reach
    }

    /// The paths of a walk, sorted, each with its place there.
    private func names(of reach: Reach, _ db: Database) throws -> [(place: Int, path: StorePath)] {
        let rows = try Row.fetchCursor(
            db,
            sql: """
                SELECT id, base_name FROM path WHERE id IN (SELECT value FROM json_each(?))
                ORDER BY base_name
                """, arguments: [Self.list(reach.identifiers[...])])
        var names: [(place: Int, path: StorePath)] = []
        names.reserveCapacity(reach.identifiers.count)
        while let row = try rows.next() {
            guard let place = reach.places[row[0]] else { continue }
            names.append((place, try storePath(row[1])))
        }
        return names
    }

    /// Numbers as JSON.
    private static func list(_ identifiers: ArraySlice<Int64>) -> String {
        "[" + identifiers.map(String.init).joined(separator: ",") + "]"
    }
}
