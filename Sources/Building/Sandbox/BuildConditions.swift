/// What a builder can see of its surroundings that no derivation states. Every build has the same; an
/// audit varies them on purpose, to find what a builder depends on.
public struct BuildConditions: Hashable, Sendable {
    /// The name of the machine.
    public var hostName = "localhost"
    /// The permissions that new files do not get (umask).
    public var creationMask: UInt32 = 0o022
    /// Whether the kernel calls itself 2.6 (`uname -r`; personality UNAME26 of Linux).
    public var reportsOldKernel = false
    /// On how many of the machine's processors its processes may run; `nil` for all.
    public var processorCount: Int?

    /// What all builds have.
    public init() {}

    /// `PER_LINUX`, or `PER_LINUX32` for a builder of 32 bits; with UNAME26 where that is asked for
    /// (linux/personality.h).
    func personality(is32Bit: Bool) -> UInt32 {
        (is32Bit ? 8 : 0) | (reportsOldKernel ? 0x002_0000 : 0)
    }
}
