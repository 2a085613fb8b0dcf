public import StoreModel

/// Something a user wants to be valid.
public enum Goal: Hashable, Sendable {
    /// Outputs of a derivation; all of them when none is named.
    case outputs(of: StorePath, Set<String>)
    /// A store path as it is.
    case path(StorePath)
}
