import Primitives
import StoreModel

/// What a derivation promises of its outputs: what they may refer to (`allowedReferences`,
/// `allowedRequisites`, `disallowedReferences`, `disallowedRequisites`, each a list of store paths
/// and output names), and how large they may be. References are direct; requisites are everything
/// reachable.
///
/// In an environment the lists are for all outputs alike; structured attributes have a record of
/// them for each output (`outputChecks`), with sizes in bytes (`maxSize`, `maxClosureSize`).
struct OutputPolicy: Sendable {
    /// The rules for one output.
    struct Rules: Sendable {
        fileprivate var allowedReferences: Set<StorePath>?
        fileprivate var allowedRequisites: Set<StorePath>?
        fileprivate var disallowedReferences: Set<StorePath>?
        fileprivate var disallowedRequisites: Set<StorePath>?
        /// The largest NAR of the output, in bytes.
        var maxSize: UInt64?
        /// The largest sum of the NARs of all that the output reaches, itself included, in bytes.
        var maxClosureSize: UInt64?
        /// Whether an output is among its own requisites.
        fileprivate var countsItself = false

        /// Whether any rule looks beyond direct references.
        var needsRequisites: Bool {
            allowedRequisites != nil || disallowedRequisites != nil || maxClosureSize != nil
        }
    }

    /// One broken rule.
    struct Violation {
        let reference: StorePath
        /// Says what is wrong, after "output X of Y".
        let reason: String
        /// Whether the output itself holds the reference, so that a place can be shown.
        let isDirect: Bool
    }

    private let rules: [StorePath: Rules]

    init(_ derivation: Derivation, path: StorePath, store: StoreDirectory)
        throws(RealisationError)
    {
        let attributes = try DerivationAttributes(derivation, path: path)
        func paths(_ words: [String]?, _ key: String) throws(RealisationError) -> Set<StorePath>? {
            guard let words else { return nil }
            var paths: Set<StorePath> = []
            for word in words {
                if let output = derivation.outputs[word]?.path {
                    paths.insert(output)
                } else {
                    do { paths.insert(try store.parse(below: word)) } catch {
                        throw .badDerivation(path, reason: "\(key): \(error)")
                    }
                }
            }
            return paths
        }
        func rules(
            _ words: (String) throws(RealisationError) -> [String]?
        ) throws(RealisationError) -> Rules {
            Rules(
                allowedReferences: try paths(words("allowedReferences"), "allowedReferences"),
                allowedRequisites: try paths(words("allowedRequisites"), "allowedRequisites"),
                disallowedReferences: try paths(
                    words("disallowedReferences"), "disallowedReferences"),
                disallowedRequisites: try paths(
                    words("disallowedRequisites"), "disallowedRequisites"))
        }
        var all: [StorePath: Rules] = [:]
        if attributes.structured == nil {
            let same = try rules { key throws(RealisationError) in try attributes.words(key) }
            for output in derivation.outputs.values.compactMap(\.path) { all[output] = same }
        } else {
            for (name, output) in derivation.outputs {
                guard let output = output.path,
                    let checks = attributes.structured?["outputChecks"]?[name]
                else { continue }
                var own = try rules { key throws(RealisationError) in
                    try checks[key].map { value throws(RealisationError) in
                        try attributes.words(in: value, named: key)
                    }
                }
                own.maxSize = try Self.size(checks, "maxSize", path)
                own.maxClosureSize = try Self.size(checks, "maxClosureSize", path)
                own.countsItself = true
                all[output] = own
            }
        }
        self.rules = all
    }

    private static func size(
        _ checks: JSONValue, _ key: String, _ path: StorePath
    ) throws(RealisationError) -> UInt64? {
        guard let value = checks[key] else { return nil }
        guard let size = value.integer.flatMap(UInt64.init(exactly:)) else {
            throw .badDerivation(path, reason: "\(key) is not a number of bytes")
        }
        return size
    }

    /// What no output may name. The scanner looks for all of it, so that a leak is found even when
    /// the path that is named was no input.
    var disallowed: Set<StorePath> {
        rules.values.reduce(into: []) {
            $0.formUnion($1.disallowedReferences ?? [])
            $0.formUnion($1.disallowedRequisites ?? [])
        }
    }

    /// The rules for an output.
    func rules(for output: StorePath) -> Rules { rules[output] ?? Rules() }

    /// The rules about references that `output` breaks.
    ///
    /// - Parameter requisites: everything reachable from the output's references; only read when
    ///   the rules need it.
    func violations(output: StorePath, references: Set<StorePath>, requisites: Set<StorePath>)
        -> [Violation]
    {
        let rules = rules(for: output)
        var reached = requisites
        if rules.countsItself { reached.insert(output) } else { reached.remove(output) }
        func violations(_ paths: Set<StorePath>, _ reason: (StorePath) -> String) -> [Violation] {
            paths.sorted().map {
                Violation(
                    reference: $0, reason: reason($0), isDirect: references.contains($0))
            }
        }
        var result: [Violation] = []
        if let allowed = rules.allowedReferences {
            result += violations(references.subtracting(allowed)) {
                "refers to '\($0)', which allowedReferences does not list"
            }
        }
        if let disallowed = rules.disallowedReferences {
            result += violations(references.intersection(disallowed)) {
                "refers to '\($0)', which disallowedReferences forbids"
            }
        }
        if let allowed = rules.allowedRequisites {
            result += violations(reached.subtracting(allowed)) {
                "reaches '\($0)', which allowedRequisites does not list"
            }
        }
        if let disallowed = rules.disallowedRequisites {
            result += violations(reached.intersection(disallowed)) {
                "reaches '\($0)', which disallowedRequisites forbids"
            }
        }
        return result
    }
}
