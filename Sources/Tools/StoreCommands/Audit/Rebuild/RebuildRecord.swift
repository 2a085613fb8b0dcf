import Audits
import Primitives
import StoreModel

/// What was found out about one derivation by building it again.
struct RebuildRecord: Sendable {
    /// A difference of one output, between what is valid and a build that was not the same.
    struct Difference: Sendable {
        let output: StorePath
        /// What was varied in that build.
        let varied: [Variation]
        let report: DifferenceReport
    }

    let derivation: StorePath
    /// The valid outputs it was compared with, and the hash of their bytes.
    let narHashes: [StorePath: Digest]
    let verdict: RebuildVerdict
    /// How many builds it took.
    let builds: Int
    /// Those that show the verdict.
    let differences: [Difference]

    var likelyCauses: [LikelyCause] { Set(differences.flatMap(\.report.causes)).sorted() }

    /// Whether the time is to blame: another second in every build, and a time stamp in the bytes.
    var isTime: Bool { verdict == .notRepeatable && likelyCauses.contains(.timestamp) }

    /// The sentence after the derivation's name.
    var sentence: String {
        switch verdict {
        case .same: return "the same in \(builds) builds"
        case .varies(let sets): return "depends on " + Self.text(sets)
        case .changed(let sets):
            let more = sets.isEmpty ? "" : ", and depends on " + Self.text(sets)
            return "builds agree with each other, but not with what is valid\(more)"
        case .notRepeatable:
            return isTime
                ? "depends on time: another time stamp in each build"
                : "not repeatable: differs each time in the same surroundings (chance, time, or "
                    + "the order in which processes run)"
        case .failed(let set, let reason):
            let condition = set.isEmpty ? "" : " when varied: " + Self.text([set])
            return "cannot be built again\(condition): \(reason)"
        }
    }

    private static func text(_ sets: [[Variation]]) -> String {
        sets.map { $0.map(\.rawValue).joined(separator: " with ") }.joined(separator: ", ")
    }
}
