import LocalStore
import Primitives
import StoreDatabase
import StoreModel

/// The closures that a derivation wants to read while it is built (`exportReferencesGraph`), by the
/// name it gives them.
struct ReferenceGraphs: Sendable {
    private var graphs: [String: [PathInfo]] = [:]

    /// - Parameter inputs: everything the builder may see.
    /// - Throws: ``RealisationError/badDerivation(_:reason:)`` when it asks for something else: of
    ///   that, this machine may know more than another.
    init(
        _ attributes: DerivationAttributes, of derivation: StorePath, inputs: Set<StorePath>,
        in store: LocalStore
    ) throws {
        for (name, words) in try Self.wanted(attributes, of: derivation) {
            var paths: Set<StorePath> = []
            for word in words {
                let path = try store.storeDirectory.parse(below: word)
                guard inputs.contains(path) else {
                    throw RealisationError.badDerivation(
                        derivation,
                        reason: "exportReferencesGraph: '\(path)' is not among its inputs")
                }
                paths.insert(path)
            }
            graphs[name] = try Self.closure(of: paths, in: store)
        }
    }

    /// The texts by name, in the form of `nix-store --register-validity` without hashes
    /// (`docs/formats/build-environment.md`).
    func files(in store: StoreDirectory) -> [String: [UInt8]] {
        graphs.mapValues { infos in
            var text = ""
            for info in infos {
                let references = info.references.sorted().map(store.path(of:))
                text += store.path(of: info.path) + "\n\n\(references.count)\n"
                text += references.map { $0 + "\n" }.joined()
            }
            return Array(text.utf8)
        }
    }

    /// The same as JSON, by name, with hashes and sizes. Nix adds the content address (`ca`), which
    /// is not known of a path that came in an export stream: a builder here finds the same everywhere.
    func json(in store: StoreDirectory) -> [String: JSONValue] {
        graphs.mapValues { infos in
            let known = Dictionary(uniqueKeysWithValues: infos.map { ($0.path, $0) })
            return .array(
                infos.map { info in
                    .object([
                        "path": .string(store.path(of: info.path)),
                        "narHash": .string(info.narHash.prefixedNix32),
                        "narSize": .count(info.narSize),
                        "closureSize": .count(Self.closureSize(of: info.path, known)),
                        "references": .strings(info.references.sorted().map(store.path(of:))),
                    ])
                })
        }
    }

    /// Which paths it asks for under which name.
    private static func wanted(
        _ attributes: DerivationAttributes, of derivation: StorePath
    ) throws(RealisationError) -> [(name: String, paths: [String])] {
        let key = "exportReferencesGraph"
        if let structured = attributes.structured {
            guard let value = structured[key] else { return [] }
            guard let members = value.object else {
                throw .badDerivation(derivation, reason: "\(key) is not a record of lists")
            }
            var result: [(name: String, paths: [String])] = []
            for (name, value) in members {
                if let path = value.string {
                    result.append((name, [path]))
                } else {
                    result.append((name, try attributes.words(in: value, named: key)))
                }
            }
            return result
        }
        let words = try attributes.words(key) ?? []
        guard words.count.isMultiple(of: 2) else {
            throw .badDerivation(derivation, reason: "\(key) is not a list of pairs")
        }
        return try stride(from: 0, to: words.count, by: 2).map { index throws(RealisationError) in
            let name = words[index]
            guard !name.utf8.contains(UInt8(ascii: "/")), name.utf8.first != UInt8(ascii: ".")
            else {
                throw .badDerivation(
                    derivation, reason: "'\(name)' cannot name a file in the build directory")
            }
            return (name, [words[index + 1]])
        }
    }

    /// Everything reachable, and from derivations that are, their outputs too: whoever wants to
    /// copy all that something is made of names its `.drv`.
    private static func closure(
        of paths: Set<StorePath>, in store: LocalStore
    ) throws -> [PathInfo] {
        var closure = Set(try store.database.closure(of: paths))
        let outputs = try closure.filter(\.isDerivation).flatMap {
            try store.derivations.derivation($0).outputs.values.compactMap(\.path)
        }
        if !outputs.isEmpty { closure.formUnion(try store.database.closure(of: Set(outputs))) }
        return try store.database.infos(closure.sorted())
    }

    private static func closureSize(of path: StorePath, _ known: [StorePath: PathInfo]) -> UInt64 {
        var seen: Set<StorePath> = [path]
        var queue = [path]
        var size: UInt64 = 0
        while let next = queue.popLast() {
            guard let info = known[next] else { continue }
            size.addSaturating(info.narSize)
            for reference in info.references where seen.insert(reference).inserted {
                queue.append(reference)
            }
        }
        return size
    }
}
