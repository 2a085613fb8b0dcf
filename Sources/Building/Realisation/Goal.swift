public import StoreModel

/// Something a user wants to be valid.
public enum Goal: Hashable, Sendable {
    /// Outputs of a derivation; all of them when none is named.
    case outputs(of: StorePath, Set<String>)
    /// A store path as it is.
    case path(StorePath)

    /// The derivation or path that is named.
    public var item: StorePath {
        switch self {
        case .outputs(let derivation, _): derivation
        case .path(let path): path
        }
    }
}
