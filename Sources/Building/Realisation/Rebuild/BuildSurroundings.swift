public import Sandbox

/// Everything around a builder that its derivation does not state and that can be varied without
/// privileges.
public struct BuildSurroundings: Hashable, Sendable {
    /// What the sandbox sets.
    public var conditions = BuildConditions()
    /// Environment variables that the builder gets besides its own; those of its derivation and of
    /// every build win.
    public var variables: [String: String] = [:]
    /// Where on this machine the build directory and the outputs lie; `nil` for beside the store. What is
    /// made elsewhere can only be compared, not registered.
    public var directory: String?
    /// Inputs up to this many bytes of NAR in all are shown as fresh copies in ``directory``, the
    /// smallest first; the others in place.
    public var copiedInputBytes: UInt64 = 0

    /// What all builds have.
    public init() {}
}
