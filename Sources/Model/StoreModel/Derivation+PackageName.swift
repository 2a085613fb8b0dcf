extension Derivation {
    /// The name that all versions share: the variable `pname`, or the name without its version. By
    /// it a new version is judged by the last.
    public var packageName: String { variable("pname") ?? Self.packageName(of: name) }

    /// `name` without its version: a dash and a digit begin one.
    public static func packageName(of name: String) -> String {
        let parts = name.split(separator: "-", omittingEmptySubsequences: false)
        let version = parts.dropFirst().firstIndex { $0.first?.isNumber == true }
        return parts[..<(version ?? parts.endIndex)].joined(separator: "-")
    }
}
