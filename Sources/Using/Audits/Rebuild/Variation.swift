/// A thing around a build that is varied on purpose. How each is done: `docs/manual/comparing.md`.
package enum Variation: String, Hashable, Sendable, CaseIterable {
    /// The time zone; another second is it in every further build.
    case time
    /// The number of processors, as the builder is told and as the kernel allows.
    case cores
    /// The names of machine and kernel.
    case kernelName = "kernel-name"
    /// The directory of the machine in which the build lies.
    case pathRoot = "path-root"
    /// The permissions of new files.
    case umask
    /// The language.
    case locale
    /// The order in which directories list their files.
    case order
}
