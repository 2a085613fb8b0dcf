import Graphs
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

    /// The references below each path as a tree.
    func tree(_ paths: [StorePath]) throws -> TreeAnswer {
        for path in paths { try check(path) }
        return TreeAnswer(
            roots: paths, graph: try database.referenceGraph(below: paths),
            directory: store.storeDirectory)
    }
}

/// References as a tree; what was shown before is not opened again, but marked `[...]`.
struct TreeAnswer: CommandAnswer {
    let roots: [StorePath]
    let graph: DirectedGraph<StorePath>
    let directory: StoreDirectory

    /// Every path below the roots with what it refers to: a tree would repeat whole branches.
    var json: JSONValue {
        var members: [String: JSONValue] = [:]
        for path in graph.closure(of: roots) {
            members[directory.path(of: path)] = .strings(
                graph.successors(of: path).sorted().map { directory.path(of: $0) })
        }
        return .object(members)
    }

    func text(for output: CommandOutput) -> String {
        var text = ""
        var shown: Set<StorePath> = []
        // An explicit stack: a chain of references may be deeper than a thread's.
        var stack: [(path: StorePath, prefix: String, isLast: Bool, isRoot: Bool)] =
            roots.reversed().map { ($0, "", true, true) }
        while let (path, prefix, isLast, isRoot) = stack.popLast() {
            let children = graph.successors(of: path).filter { $0 != path }.sorted()
            let isRepeated = !shown.insert(path).inserted && !children.isEmpty
            text += prefix
            if !isRoot { text += isLast ? "└───" : "├───" }
            text += directory.path(of: path) + (isRepeated ? " [...]\n" : "\n")
            if isRepeated { continue }
            let inner = isRoot ? "" : TreeIndent.below(prefix, isLast: isLast)
            for (index, child) in children.enumerated().reversed() {
                stack.append((child, inner, index == children.count - 1, false))
            }
        }
        return text
    }
}

/// Links and what they keep.
struct RootsAnswer: CommandAnswer {
    let roots: [StoreRoot]
    let directory: StoreDirectory

    var json: JSONValue {
        .object([
            "roots": .array(
                roots.map { root in
                    .object([
                        "link": .string(root.link),
                        "path": .string(directory.path(of: root.target)),
                        "kind": .string(root.kind.rawValue),
                    ])
                })
        ])
    }

    func text(for output: CommandOutput) -> String {
        roots.map { "\($0.link.oneLine) -> \(directory.path(of: $0.target))\n" }.joined()
    }
}
