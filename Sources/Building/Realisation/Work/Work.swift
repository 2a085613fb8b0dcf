package import StoreModel

/// A piece of work of a plan, by what it is for.
package enum Work: Hashable, Comparable, Sendable {
    /// Makes the outputs of this derivation valid: takes them, builds, fetches or unpacks.
    case step(StorePath)
    /// Downloads this path from a binary cache.
    case download(StorePath)
    /// Makes this path valid, which was downloaded, after what it refers to.
    case registration(StorePath)

    /// Work in lanes, each with a limit of its own.
    package typealias Graph = WorkGraph<Work, WorkKind>

    /// The derivation or path.
    package var path: StorePath {
        switch self {
        case .step(let path), .download(let path), .registration(let path): path
        }
    }
}

/// The kinds of work, each with its own limit of how many run at once.
package enum WorkKind: Hashable, Sendable, CaseIterable {
    /// A builder in the sandbox.
    case build
    /// `builtin:fetchurl`.
    case fetch
    /// `builtin:unpack`.
    case unpack
    /// Taking from a binary cache.
    case substitution
    /// Making valid what was taken: many at once, because the disk is waited for each time.
    case registration

    init(_ kind: BuildPlan.Kind) {
        switch kind {
        case .build: self = .build
        case .fetch: self = .fetch
        case .unpack: self = .unpack
        }
    }
}

/// How a piece of work ended that is no failure.
package enum WorkEnding: Sendable {
    /// It is done.
    case done
    /// It is to be done in another way: what was to be taken has to be built.
    case repeated(WorkKind)
    /// It cannot be done; another plan may do without it.
    case lost
}

/// What became of paths that were to be made valid together.
package struct RegistrationReport: Sendable {
    /// Those that are valid now.
    package var valid: Set<StorePath> = []
    /// Those that no cache can give better. What refers to them is in neither.
    package var refused: Set<StorePath> = []

    /// Nothing yet.
    package init() {}
}

/// Who does the work that ``Scheduler`` hands out.
package protocol WorkCrew: Sendable {
    /// Does a step or a download.
    func perform(_ work: Work, as kind: WorkKind) async throws -> WorkEnding
    /// Makes valid together what was downloaded; each path stands after those that it refers to.
    func register(_ paths: [StorePath]) async throws -> RegistrationReport
    /// Lets go of what was downloaded in vain.
    func drop(_ path: StorePath)
    /// Lets go of what is not taken because something that it refers to is not, and tells people.
    func giveUp(_ path: StorePath)
    /// Plans anew without what was lost; `nil` when nothing takes its place.
    func replan() async throws -> [Work.Graph.Item]?
}
