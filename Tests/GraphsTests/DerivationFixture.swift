import Graphs
import Primitives
import StoreModel
import Testing

/// Derivations by path, made by name; hashes are not real.
struct DerivationFixture {
    private(set) var byPath: [StorePath: Derivation] = [:]
    private var count: UInt8 = 0

    /// A new path.
    mutating func path(_ name: String) throws -> StorePath {
        count += 1
        return try StorePath(hash: [UInt8](repeating: count, count: 20), name: name)
    }

    /// A new derivation; returns its path.
    mutating func add(
        _ name: String, stage: ByteString? = nil, isFixed: Bool = false,
        inputs: [StorePath] = [], sources: Set<StorePath> = [], builder: StorePath? = nil,
        variables: [ByteString: ByteString] = [:]
    ) throws -> StorePath {
        let output = try path(name)
        let kind: DerivationOutput =
            isFixed
            ? .fixed(output, method: .flat, digest: Digest.hash(name))
            : .inputAddressed(output)
        let path = try path(name + ".drv")
        var environment = variables
        if let stage { environment["stage"] = stage }
        byPath[path] = Derivation(
            name: name, outputs: ["out": kind],
            inputDerivations: Dictionary(uniqueKeysWithValues: inputs.map { ($0, ["out"]) }),
            inputSources: sources, system: "x86_64-linux",
            builder: ByteString(
                builder.flatMap { byPath[$0]?.outputs["out"]?.path }
                    .map { "/gnu/store/\($0)/bin/program" } ?? "/bin/sh"),
            environment: environment)
        return path
    }

    /// What the derivation at `path` makes.
    func output(_ path: StorePath) throws -> StorePath {
        try #require(byPath[path]?.outputs["out"]?.path)
    }

    /// The graph of derivations below `roots`.
    func graph(of roots: StorePath..., maximumDepth: Int? = nil) throws -> DependencyGraph {
        try .derivations(
            of: roots, maximumDepth: maximumDepth,
            read: { path in try #require(byPath[path]) })
    }
}

extension DependencyGraph {
    /// The names of the nodes, in their order.
    var names: [String] { nodes.map(\.name) }

    /// The edges as `a → b`, in their order.
    var arrows: [String] { edges.map { "\(nodes[$0.from].name) → \(nodes[$0.to].name)" } }
}
