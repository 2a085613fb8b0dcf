/// How archives are unpacked.
package struct ExtractionOptions: Hashable, Sendable {
    /// Which targets symbolic links may have. Nothing is ever written through a link that leaves
    /// the tree, whatever this says.
    package enum SymlinkTargets: Hashable, Sendable {
        /// Only relative ones that stay in the tree, judged by their text.
        case insideTree
        /// Any text: for trees that become the root of a system.
        case asIs
    }

    /// Which modification time files get.
    package enum ModificationTimes: Hashable, Sendable {
        /// That of the archive: `make` compares them.
        case kept
        /// This one, in seconds since the epoch.
        case fixed(Int64)
    }

    /// How many leading directories are cut off every name; entries with no more are left out.
    package var stripComponents: Int
    /// Whether a symbolic link to a directory of the tree stays when the archive holds a directory
    /// of its name: `bin -> usr/bin`, and a package with `./bin/x`.
    package var keepDirectorySymlinks: Bool
    /// Which targets symbolic links may have.
    package var symlinkTargets: SymlinkTargets
    /// Which modification times files get.
    package var modificationTimes: ModificationTimes
    /// How much it may be.
    package var limits: ExtractionLimits

    /// Options; by default those for sources from the network.
    package init(
        stripComponents: Int = 0, keepDirectorySymlinks: Bool = false,
        symlinkTargets: SymlinkTargets = .insideTree,
        modificationTimes: ModificationTimes = .kept,
        limits: ExtractionLimits = ExtractionLimits()
    ) {
        self.stripComponents = stripComponents
        self.keepDirectorySymlinks = keepDirectorySymlinks
        self.symlinkTargets = symlinkTargets
        self.modificationTimes = modificationTimes
        self.limits = limits
    }
}
