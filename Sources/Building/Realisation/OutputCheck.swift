import Archives
import LocalStore
import Primitives
import StoreModel

/// Whether what a builder made is what its derivation promises.
struct OutputCheck {
    let step: BuildPlan.Step
    let store: LocalStore

    /// Checks the hash of a fixed output; other outputs pass.
    ///
    /// - Parameter place: where the tree is now.
    /// - Throws: ``RealisationError/hashMismatch(_:specified:got:)``.
    func check(_ output: PreparedOutput, at place: String) throws {
        guard let fixed = step.derivation.fixedOutput else { return }
        let got = try digest(fixed.method, fixed.digest.algorithm, output, at: place)
        guard got == fixed.digest else {
            throw RealisationError.hashMismatch(step.path, specified: fixed.digest, got: got)
        }
        if let reference = output.info.references.sorted().first {
            throw RealisationError.forbiddenReference(
                step.path, output: output.info.path,
                reason: "is fixed by its hash and may refer to nothing, but refers to '\(reference)'",
                places: try places(of: [reference], at: place))
        }
    }

    private func digest(
        _ method: ContentAddressMethod, _ algorithm: HashAlgorithm, _ output: PreparedOutput,
        at place: String
    ) throws -> Digest {
        switch method {
        case .recursive where algorithm == .sha256: return output.info.narHash
        case .recursive:
            let location = try TreeLocation(place)
            var sink = DigestSink(algorithm)
            sink = try dumpTree(location.name, in: location.parent, to: sink)
            return sink.digest()
        case .flat, .text:
            guard HostFile.isReadable(place) else {
                throw RealisationError.badDerivation(
                    step.path,
                    reason: "its output has a flat hash, so it must be one regular file; use "
                        + "outputHashMode = recursive for anything else")
            }
            return try HostFile.digest(place, algorithm)
        case .git:
            throw RealisationError.badDerivation(step.path, reason: "git hashes are not supported")
        }
    }

    /// Checks `allowedReferences` and its relatives over all outputs of the step together.
    func checkReferences(_ outputs: [PreparedOutput], at place: (StorePath) -> String) throws {
        let policy = try ReferencePolicy(
            step.derivation, path: step.path, store: store.storeDirectory)
        for output in outputs {
            let requisites =
                policy.needsRequisites ? try self.requisites(of: output, among: outputs) : []
            let broken = policy.violations(
                output: output.info.path, references: output.info.references,
                requisites: requisites)
            guard let first = broken.first else { continue }
            let direct = broken.filter(\.isDirect).map(\.reference)
            let found = try places(of: direct, at: place(output.info.path))
            throw RealisationError.forbiddenReference(
                step.path, output: output.info.path, reason: first.reason, places: found)
        }
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
                registered.insert(next)
                continue
            }
            for reference in info.references where reached.insert(reference).inserted {
                queue.append(reference)
            }
        }
        return reached.union(try store.database.closure(of: registered))
    }

    /// The first places, file and offset, where references stand.
    private func places(of references: [StorePath], at place: String) throws -> [String] {
        let location = try TreeLocation(place)
        let found = try locateReferences(
            to: references.map(\.hashPart), in: location.name, of: location.parent)
        let lines = found.prefix(5).map(\.description)
        return found.count > 5 ? lines + ["and \(found.count - 5) more places"] : lines
    }
}
