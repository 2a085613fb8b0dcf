import StoreModel

/// The name under which build times are remembered, so that a new version is judged by the last.
enum BuildName {
    /// The derivation's `pname`, or its name without a version (`-` and a digit begin one).
    static func package(_ derivation: Derivation) -> String {
        if let name = derivation.variable("pname") { return name }
        let parts = derivation.name.split(separator: "-", omittingEmptySubsequences: false)
        let version = parts.dropFirst().firstIndex { $0.first?.isNumber == true }
        return parts[..<(version ?? parts.endIndex)].joined(separator: "-")
    }
}
