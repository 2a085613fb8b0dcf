import LocalStore
import Primitives
import StoreDatabase
import StoreModel

/// Facts about store paths: in JSON a record keyed by path.
struct PathFactsAnswer: CommandAnswer {
    /// The facts about one path.
    struct Fact {
        let path: String
        let json: JSONValue
        let text: String
    }

    let facts: [Fact]

    var json: JSONValue {
        var members: [String: JSONValue] = [:]
        for fact in facts { members[fact.path] = fact.json }
        return .object(members)
    }

    func text(for output: CommandOutput) -> String { facts.map { $0.text + "\n" }.joined() }
}

extension StoreQuery {
    private func full(_ path: StorePath) -> String { store.storeDirectory.path(of: path) }

    /// The deriver of each path.
    func derivers(_ paths: [StorePath]) throws -> PathFactsAnswer {
        PathFactsAnswer(
            facts: try paths.map { path in
                let deriver = try info(path).deriver.map(full)
                return .init(
                    path: full(path), json: .object(["deriver": .optional(deriver)]),
                    text: deriver ?? "unknown-deriver")
            })
    }

    /// The NAR hash of each path.
    func hashes(_ paths: [StorePath]) throws -> PathFactsAnswer {
        PathFactsAnswer(
            facts: try paths.map { path in
                let hash = try info(path).narHash.prefixedNix32
                return .init(
                    path: full(path), json: .object(["narHash": .string(hash)]), text: hash)
            })
    }

    /// The NAR size of each path, and the sum over its closure.
    func sizes(_ paths: [StorePath]) throws -> PathFactsAnswer {
        PathFactsAnswer(
            facts: try paths.map { path in
                let own = try info(path).narSize
                let total = try closureSize(path)
                return .init(
                    path: full(path),
                    json: .object(["narSize": .count(own), "closureSize": .count(total)]),
                    text: "\(ByteCount(own)), closure \(ByteCount(total)): \(full(path))")
            })
    }

    /// Everything known of each path.
    func infos(_ paths: [StorePath]) throws -> PathFactsAnswer {
        PathFactsAnswer(facts: try paths.map { path in try fact(info(path)) })
    }

    private func fact(_ info: PathInfo) throws -> PathFactsAnswer.Fact {
        let path = full(info.path)
        let references = info.references.sorted().map(full)
        let total = try closureSize(info.path)
        let builder = info.path.isDerivation ? info.path : info.deriver
        let builds = try builder.map(database.buildRecords(of:)) ?? []
        let json = JSONValue.object([
            "narHash": .string(info.narHash.prefixedNix32),
            "narSize": .count(info.narSize),
            "closureSize": .count(total),
            "references": .strings(references),
            "deriver": .optional(info.deriver.map(full)),
            "registrationTime": .integer(info.registrationTime),
            "signatures": .strings(info.signatures),
            "ca": .optional(info.contentAddress),
            "ultimate": .bool(info.isUltimate),
            "builds": .array(builds.map(\.json)),
        ])
        var lines = [
            "path: \(path)",
            "hash: \(info.narHash.prefixedNix32)",
            "size: \(ByteCount(info.narSize)), closure \(ByteCount(total))",
            "deriver: \(info.deriver.map(full) ?? "unknown-deriver")",
            "registered: \(UniversalTime(secondsSince1970: info.registrationTime))",
        ]
        lines += builds.map { "build: \($0.line)" }
        if let address = info.contentAddress { lines.append("content address: \(address)") }
        lines += info.signatures.map { "signature: \($0)" }
        lines += references.map { "reference: \($0)" }
        return .init(path: path, json: json, text: lines.joined(separator: "\n"))
    }

    private func closureSize(_ path: StorePath) throws -> UInt64 {
        try database.infos(try database.closure(of: [path])).map(\.narSize).saturatingSum
    }

    /// The roots that keep any of `paths`; all roots without paths.
    func roots(_ paths: [StorePath]) throws -> RootsAnswer {
        var roots = try store.roots()
        if !paths.isEmpty {
            for path in paths { try check(path) }
            let keepers = Set(try database.referrersClosure(of: paths))
            roots = roots.filter { keepers.contains($0.target) }
        }
        return RootsAnswer(roots: roots, directory: store.storeDirectory)
    }

    /// The references below each path as a tree.
    func tree(_ paths: [StorePath]) throws -> TreeAnswer {
        for path in paths { try check(path) }
        return TreeAnswer(
            roots: paths, graph: try database.referenceGraph(below: paths),
            directory: store.storeDirectory)
    }
}
