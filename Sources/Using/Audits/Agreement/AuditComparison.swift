package import StoreModel

/// What several sides say of the same outputs: who agrees, and where a difference begins.
package struct AuditComparison: Sendable {
    /// The sides, as given.
    package let sides: [AuditSide]
    /// For each side the number of the first side that it is one with; its own when with none.
    package let parties: [Int]
    /// Every path that a side has, sorted.
    package private(set) var outputs: [ComparedOutput] = []
    /// The differences by where they begin, in the order of the graph.
    package private(set) var groups: [DifferenceGroup] = []
    /// What should be known of the sides, in sentences.
    package private(set) var remarks: [String] = []

    private var places: [StorePath: Int] = [:]

    /// Compares `sides`.
    ///
    /// - Parameter only: the paths to compare; `nil` for all that any side has.
    /// - Throws: ``AuditError/otherStore(_:_:)`` when their paths cannot be compared, and
    ///   ``AuditError/contradiction(_:)`` when they contradict each other on what derivations are.
    package init(_ sides: [AuditSide], only: Set<StorePath>? = nil) throws(AuditError) {
        self.sides = sides
        for side in sides.dropFirst() where side.manifest.store != sides[0].manifest.store {
            throw .otherStore(
                "\(sides[0].name) is of '\(sides[0].manifest.store)'",
                "\(side.name) of '\(side.manifest.store)'")
        }
        (parties, remarks) = Self.parties(of: sides)
        let graph = try BuildGraph(sides.map(\.manifest))
        let paths = only ?? sides.reduce(into: []) { $0.formUnion($1.manifest.entries.keys) }
        for path in paths.sorted() {
            places[path] = outputs.count
            let entries = sides.map { $0.manifest.entries[path] }
            outputs.append(
                ComparedOutput(
                    path, entries, parties: parties,
                    deriver: graph.deriver(of: path)
                        ?? entries.lazy.compactMap { $0?.deriver }.first))
        }
        groups = try group(graph)
    }

    /// How many paths have this verdict.
    package func count(_ verdict: ComparedOutput.Verdict) -> Int {
        outputs.count { $0.verdict == verdict }
    }

    /// What is said of `path`; `nil` when no side has it.
    package func output(_ path: StorePath) -> ComparedOutput? { places[path].map { outputs[$0] } }

    /// Who is one with whom, and sentences about it.
    private static func parties(of sides: [AuditSide]) -> ([Int], [String]) {
        var parties = Array(sides.indices)
        var remarks = sides.flatMap { side in side.remarks.map { "\(side.name): \($0)" } }
        for index in sides.indices {
            for earlier in 0..<index where parties[earlier] == earlier {
                let (one, other) = (sides[earlier], sides[index])
                if let reason = other.reasonForBeing(one) {
                    parties[index] = earlier
                    remarks.append("'\(other.name)' and '\(one.name)' count once: \(reason)")
                    break
                }
                if let machine = one.manifest.machine, let twin = other.manifest.machine,
                    let identity = machine.machineID, identity == twin.machineID
                {
                    let names = "'\(one.name)' and '\(other.name)'"
                    remarks.append(
                        machine.processor == twin.processor && machine.kernel == twin.kernel
                            ? "\(names) are two stores of one machine, or of two made of one image: "
                                + "what comes from the machine itself is the same in both"
                            : "\(names) have one /etc/machine-id, and other processors or kernels: "
                                + "machines made of one image, it seems")
                }
                if let signer = one.signer, signer == other.signer {
                    remarks.append("'\(one.name)' and '\(other.name)' are signed by one key")
                }
            }
        }
        return (parties, remarks)
    }

    /// Follows every difference down to where it begins. One pass, inputs before what is built from
    /// them: a path's cause is the cause of the first input that has one, else the path itself.
    /// What could not be compared passes a cause on; what matches stops it.
    private func group(_ graph: BuildGraph) throws(AuditError) -> [DifferenceGroup] {
        var groups: [DifferenceGroup] = []
        var byCause: [StorePath: Int] = [:]
        var causes: [StorePath: StorePath] = [:]
        for path in try graph.order() {
            let verdict = output(path)?.verdict ?? .inconclusive
            guard verdict != .match else { continue }
            let inputs = graph.inputs(of: path)
            let inherited = inputs.lazy.compactMap { causes[$0] }.first
            guard verdict == .mismatch else {
                causes[path] = inherited
                continue
            }
            if let inherited {
                causes[path] = inherited
                if let group = byCause[inherited] { groups[group].consequences.append(path) }
                continue
            }
            // All outputs of one derivation are one cause.
            let deriver = output(path)?.deriver
            let cause = deriver ?? path
            causes[path] = cause
            if let group = byCause[cause] {
                groups[group].outputs.append(path)
                continue
            }
            byCause[cause] = groups.count
            groups.append(
                DifferenceGroup(
                    deriver: deriver, outputs: [path],
                    uncomparedInputs: inputs.filter {
                        output($0)?.verdict ?? .inconclusive == .inconclusive
                    }))
        }
        return groups
    }
}
