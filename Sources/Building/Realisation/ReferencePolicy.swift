import StoreModel

/// What a derivation lets its outputs refer to: `allowedReferences`, `allowedRequisites`,
/// `disallowedReferences`, `disallowedRequisites`, each a list of store paths and output names.
/// References are direct; requisites are everything reachable.
struct ReferencePolicy: Sendable {
    private var allowedReferences: Set<StorePath>?
    private var allowedRequisites: Set<StorePath>?
    private var disallowedReferences: Set<StorePath>?
    private var disallowedRequisites: Set<StorePath>?

    /// One broken rule.
    struct Violation {
        let output: StorePath
        let reference: StorePath
        /// Says what is wrong, after "output X of Y".
        let reason: String
        /// Whether the output itself holds the reference, so that a place can be shown.
        let isDirect: Bool
    }

    init(_ derivation: Derivation, path: StorePath, store: StoreDirectory)
        throws(RealisationError)
    {
        func list(_ key: String) throws(RealisationError) -> Set<StorePath>? {
            guard let text = derivation.variable(key) else { return nil }
            var paths: Set<StorePath> = []
            for word in text.split(whereSeparator: \.isWhitespace) {
                if let output = derivation.outputs[String(word)]?.path {
                    paths.insert(output)
                } else {
                    do { paths.insert(try store.parse(below: String(word))) } catch {
                        throw .badDerivation(path, reason: "\(key): \(error)")
                    }
                }
            }
            return paths
        }
        allowedReferences = try list("allowedReferences")
        allowedRequisites = try list("allowedRequisites")
        disallowedReferences = try list("disallowedReferences")
        disallowedRequisites = try list("disallowedRequisites")
    }

    /// What no output may name. The scanner looks for all of it, so that a leak is found even when
    /// the path that is named was no input.
    var disallowed: Set<StorePath> {
        (disallowedReferences ?? []).union(disallowedRequisites ?? [])
    }

    /// Whether any rule looks beyond direct references.
    var needsRequisites: Bool { allowedRequisites != nil || disallowedRequisites != nil }

    /// The rules that `output` breaks.
    ///
    /// - Parameter requisites: everything reachable from the output, itself excluded unless it
    ///   refers to itself; only read when ``needsRequisites``.
    func violations(output: StorePath, references: Set<StorePath>, requisites: Set<StorePath>)
        -> [Violation]
    {
        func violation(_ reference: StorePath, _ reason: String) -> Violation {
            Violation(
                output: output, reference: reference, reason: reason,
                isDirect: references.contains(reference))
        }
        var result: [Violation] = []
        if let allowed = allowedReferences {
            result += references.subtracting(allowed).sorted().map {
                violation($0, "refers to '\($0)', which allowedReferences does not list")
            }
        }
        if let disallowed = disallowedReferences {
            result += references.intersection(disallowed).sorted().map {
                violation($0, "refers to '\($0)', which disallowedReferences forbids")
            }
        }
        if let allowed = allowedRequisites {
            result += requisites.subtracting(allowed).sorted().map {
                violation($0, "reaches '\($0)', which allowedRequisites does not list")
            }
        }
        if let disallowed = disallowedRequisites {
            result += requisites.intersection(disallowed).sorted().map {
                violation($0, "reaches '\($0)', which disallowedRequisites forbids")
            }
        }
        return result
    }
}
