import Archives
import LocalStore
import Primitives
import StoreDatabase
import StoreModel

/// Whether what a builder made is what its derivation promises.
struct OutputCheck {
    let step: BuildPlan.Step
    let store: LocalStore
    let policy: OutputPolicy
    /// Where the outputs lie now, under their base names; ends in a slash.
    let folder: String

    /// Checks the hash of a fixed output, and that it refers to nothing; other outputs pass.
    ///
    /// - Throws: ``RealisationError/hashMismatch(_:specified:got:)``,
    ///   ``RealisationError/forbiddenReference(_:output:reason:places:)``.
    func checkFixed(_ output: PreparedOutput) throws {
        guard let fixed = step.derivation.fixedOutput, let got = output.contentDigest else {
            return
        }
        guard got == fixed.digest else {
            throw RealisationError.hashMismatch(step.path, specified: fixed.digest, got: got)
        }
        if let reference = output.info.references.sorted().first {
            throw RealisationError.forbiddenReference(
                step.path, output: output.info.path,
                reason:
                    "is fixed by its hash and may refer to nothing, but refers to '\(reference)'",
                places: try places(of: [reference], in: output.info.path))
        }
    }

    /// Checks `allowedReferences` and its relatives, and sizes, over all outputs of the step together.
    ///
    /// - Throws: ``RealisationError/forbiddenReference(_:output:reason:places:)``,
    ///   ``RealisationError/rejected(_:reason:)`` for an output that is too large.
    func checkPolicy(_ outputs: [PreparedOutput]) throws {
        for output in outputs {
            let path = output.info.path
            let rules = policy.rules(for: path)
            let requisites =
                rules.needsRequisites ? try self.requisites(of: output, among: outputs) : []
            let broken = policy.violations(
                output: path, references: output.info.references, requisites: requisites)
            if let first = broken.first {
                let direct = broken.filter(\.isDirect).map(\.reference)
                throw RealisationError.forbiddenReference(
                    step.path, output: path, reason: first.reason,
                    places: try places(of: direct, in: path))
            }
            if let limit = rules.maxSize {
                try check(output.info.narSize, limit, "output '\(path)'", "maxSize")
            }
            if let limit = rules.maxClosureSize {
                let size = try closureSize(requisites.union([path]), among: outputs)
                try check(size, limit, "the closure of output '\(path)'", "maxClosureSize")
            }
        }
    }

    /// Checks that no outputs of the step refer to each other in a circle.
    ///
    /// - Throws: ``RealisationError/rejected(_:reason:)``, with a file for each reference of the circle.
    func checkCircle(_ outputs: [PreparedOutput]) throws {
        var graph = DirectedGraph<StorePath>()
        for output in outputs { graph.insert(output.info.path) }
        for output in outputs {
            for reference in output.info.references where graph.contains(reference) {
                graph.insert(edge: output.info.path, to: reference)
            }
        }
        do { _ = try graph.topologicalOrder() } catch {
            let edges = try zip(error.nodes, error.nodes.dropFirst()).map { one, other in
                let place = try places(of: [other], in: one).first ?? "nowhere"
                return "\n  '\(one)' refers to '\(other)': \(place)"
            }
            throw RealisationError.rejected(
                step.path,
                reason:
                    "its outputs refer to each other in a circle, so that none could be registered "
                    + "before the others:" + edges.joined())
        }
    }

    private func check(_ size: UInt64, _ limit: UInt64, _ what: String, _ key: String) throws {
        guard size > limit else { return }
        throw RealisationError.rejected(
            step.path, reason: "\(what) has \(size) bytes, and \(key) allows \(limit)")
    }

    /// The sum of the NARs of `paths`, some of which are not registered yet.
    private func closureSize(
        _ paths: Set<StorePath>, among outputs: [PreparedOutput]
    ) throws -> UInt64 {
        let own = outputs.map(\.info).filter { paths.contains($0.path) }
        let others = try store.database.infos(paths.subtracting(own.map(\.path)).sorted())
        return (own + others).map(\.narSize).saturatingSum
    }

    /// Everything `output` reaches, through outputs that are not registered yet too.
    private func requisites(of output: PreparedOutput, among outputs: [PreparedOutput]) throws
        -> Set<StorePath>
    {
        let own = Dictionary(uniqueKeysWithValues: outputs.map { ($0.info.path, $0.info) })
        var reached = output.info.references
        var queue = Array(reached)
        var registered: Set<StorePath> = []
        while let next = queue.popLast() {
            guard let info = own[next] else {
                // What is forbidden may never have been valid here, and is an error as it stands.
                if !policy.disallowed.contains(next) { registered.insert(next) }
                continue
            }
            for reference in info.references where reached.insert(reference).inserted {
                queue.append(reference)
            }
        }
        return reached.union(try store.database.closure(of: registered))
    }

    /// The first places, file and offset, where references stand.
    private func places(of references: [StorePath], in output: StorePath) throws -> [String] {
        let location = try TreeLocation(folder + output.baseName)
        let found = try locateReferences(
            to: references.map(\.hashPart), in: location.name, of: location.parent)
        let lines = found.prefix(5).map(\.description)
        return found.count > 5 ? lines + ["and \(found.count - 5) more places"] : lines
    }
}
