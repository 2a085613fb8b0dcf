import Primitives

/// Names of recipes as people guess them.
package enum RecipeName {
    /// The recipe that is most likely meant: one that is spelt nearly so, or else the same package with its
    /// stage, `zlib-final` for `zlib`.
    ///
    /// - Returns: `nil` when none is like it.
    package static func nearest(to name: String, among known: [String]) -> String? {
        let suffixes = [Stage.final, .boot(0), .seed].map(\.suffix)
        return known.contains(name)
            ? name
            : Suggestion.nearest(to: name, among: known)
                ?? suffixes.lazy.map { name + $0 }.first { known.contains($0) }
    }
}
