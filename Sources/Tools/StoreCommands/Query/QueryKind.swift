import ArgumentParser

/// The questions that `query` answers.
enum QueryKind: String, CaseIterable, ExpressibleByArgument {
    case references
    case referrers
    case requisites
    case referrersClosure = "referrers-closure"
    case deriver
    case outputs
    case validDerivers = "valid-derivers"
    case roots
    case tree
    case size
    case hash
    case info
    case realPath = "real-path"
    case pathFromHashPart = "path-from-hash-part"

    /// One line for the help.
    var summary: String {
        switch self {
        case .references: "what the paths refer to directly"
        case .referrers: "what refers to the paths directly"
        case .requisites: "the closure: all the paths refer to, dependencies first"
        case .referrersClosure: "all that refers to the paths, directly or not"
        case .deriver: "the derivation that made each path, or unknown-deriver"
        case .outputs: "the outputs of derivations, valid or not"
        case .validDerivers: "all derivations in the store that make the paths"
        case .roots: "the links that keep the paths; without paths, all roots"
        case .tree: "the references as a tree"
        case .size: "the size of each path's NAR and of its closure"
        case .hash: "the SHA-256 hash of each path's NAR"
        case .realPath: "where the bytes are, which with --root is elsewhere"
        case .pathFromHashPart: "the valid path with these 32 characters of hash"
        case .info: "everything the database knows of each path"
        }
    }
}
