/// What most probably made two files different, judged by the bytes alone: a hint, no proof.
package enum LikelyCause: String, Hashable, Sendable, Comparable, CaseIterable {
    /// A date, a time of day or seconds since 1970.
    case timestamp
    /// Something that is different each time: a UUID, the name of a temporary file, noise.
    case random
    /// A path of a directory.
    case path
    /// The same lines, members or bytes in another order.
    case ordering
    /// The number of jobs or processors.
    case parallelism
    /// The linker's hash of what it linked: it follows from another difference.
    case buildID = "build-id"
    /// The permissions that new files get.
    case umask

    /// The words for people.
    package var explanation: String {
        switch self {
        case .timestamp: "a time stamp"
        case .random: "random bytes"
        case .path: "a path"
        case .ordering: "the same things in another order"
        case .parallelism: "the number of jobs or processors"
        case .buildID: "the linker's build id, which follows from other differences"
        case .umask: "the permissions of new files (umask)"
        }
    }

    /// By name, so that reports are the same each time.
    package static func < (left: LikelyCause, right: LikelyCause) -> Bool {
        left.rawValue < right.rawValue
    }
}
