import GRDB
public import StoreModel

extension StoreDatabase {
    /// All valid paths and their references, from two statements: closures and orders of many
    /// paths then touch no row again. An edge goes from the referrer to what it refers to.
    public func referenceGraph() throws(StoreDatabaseError) -> DirectedGraph<StorePath> {
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
    public func referenceGraph(below paths: some Sequence<StorePath>) throws(StoreDatabaseError)
        -> DirectedGraph<StorePath>
    {
        try readTogether { db in
            let identifiers = try paths.map { try validIdentifier(of: $0, db) }
            let roots = "[" + identifiers.map { "\($0)" }.joined(separator: ",") + "]"
            // One row a path, its references as text: the closure is walked once.
            let rows = try Row.fetchCursor(
                db,
                sql: """
                    WITH RECURSIVE closure (id) AS (
                        SELECT value FROM json_each(?)
                        UNION
                        SELECT reference FROM closure JOIN reference ON referrer = closure.id)
                    SELECT id, base_name,
                        (SELECT group_concat(reference) FROM reference WHERE referrer = closure.id)
                    FROM closure JOIN path USING (id) ORDER BY base_name
                    """, arguments: [roots])
            var graph = DirectedGraph<StorePath>()
            var indices: [Int64: Int] = [:]
            var references: [String?] = []
            while let row = try rows.next() {
                indices[row[0]] = graph.insert(try storePath(row[1]))
                references.append(row[2])
            }
            for (index, list) in references.enumerated() {
                for identifier in Self.numbers(in: list ?? "") {
                    guard let target = indices[identifier] else { continue }
                    graph.insert(edgeFrom: index, to: target)
                }
            }
            return graph
        }
    }

    /// The numbers of a list such as `12,7`.
    private static func numbers(in list: String) -> [Int64] {
        var numbers: [Int64] = []
        var number: Int64?
        for byte in list.utf8 {
            if byte == UInt8(ascii: ",") {
                if let number { numbers.append(number) }
                number = nil
            } else {
                number = (number ?? 0) * 10 + Int64(byte - UInt8(ascii: "0"))
            }
        }
        if let number { numbers.append(number) }
        return numbers
    }

    /// Everything that `paths` refer to, directly or not, themselves included, sorted: what
    /// `nix-store --query --requisites` answers.
    ///
    /// - Throws: ``StoreDatabaseError/notValid(_:)`` for the first root that is not valid.
    public func closure(of paths: some Sequence<StorePath>) throws(StoreDatabaseError)
        -> [StorePath]
    {
        try reachable(
            from: paths,
            """
            WITH RECURSIVE closure (id) AS (
                SELECT value FROM json_each(?)
                UNION
                SELECT reference FROM closure JOIN reference ON referrer = closure.id)
            SELECT base_name FROM closure JOIN path USING (id) ORDER BY base_name
            """)
    }

    /// Everything that refers to `paths`, directly or not, themselves included, sorted.
    ///
    /// - Throws: ``StoreDatabaseError/notValid(_:)`` for the first root that is not valid.
    public func referrersClosure(of paths: some Sequence<StorePath>) throws(StoreDatabaseError)
        -> [StorePath]
    {
        try reachable(
            from: paths,
            """
            WITH RECURSIVE closure (id) AS (
                SELECT value FROM json_each(?)
                UNION
                SELECT referrer FROM closure JOIN reference ON reference = closure.id)
            SELECT base_name FROM closure JOIN path USING (id) ORDER BY base_name
            """)
    }

    private func reachable(from roots: some Sequence<StorePath>, _ sql: String)
        throws(StoreDatabaseError) -> [StorePath]
    {
        try readTogether { db in
            let identifiers = try roots.map { try validIdentifier(of: $0, db) }
            let list = "[" + identifiers.map(String.init).joined(separator: ",") + "]"
            return try paths(db, sql, [list])
        }
    }
}
