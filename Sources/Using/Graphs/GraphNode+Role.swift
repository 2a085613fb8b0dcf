import StoreModel

extension GraphNode {
    /// What a derivation is to the package that it belongs to.
    package enum Role: String, Hashable, Sendable {
        /// It makes the package.
        case package
        /// It makes something that only goes into a package: a download, an archive with patches
        /// applied, the modules of a builder.
        case part
        /// It makes the same package once more: one that Guix grafts.
        case variant

        /// Judges a derivation that is not fetched. Those of this project state their stage and are
        /// packages; for others Guix's and Nix's habits decide.
        init(of derivation: Derivation, stage: GraphStage?) {
            guard stage == nil else {
                self = .package
                return
            }
            // Guix notes in this variable what a derivation is for, as an association list.
            if derivation.variable("guix properties")?.contains("(type . graft)") == true {
                self = .variant
            } else if Self.partEndings.contains(where: derivation.name.hasSuffix) {
                self = .part
            } else {
                self = .package
            }
        }

        private static let partEndings = [
            ".tar", ".tar.gz", ".tar.xz", ".tar.bz2", ".tar.lz", ".tar.zst", ".tgz", ".tbz2",
            ".zip",
            ".patch", ".diff", "-checkout", "-source", "module-import", "module-import-compiled",
            "-builder",
        ]
    }
}
