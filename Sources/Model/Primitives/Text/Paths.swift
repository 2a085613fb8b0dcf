/// Paths are taken apart by their bytes: to Swift, a slash before a combining accent is another character.
extension String {
    /// Whether the path begins with a slash.
    package var isAbsolutePath: Bool { utf8.first == UInt8(ascii: "/") }

    /// What stands between slashes, without what is empty.
    package var pathComponents: [String] {
        utf8.split(separator: UInt8(ascii: "/")).map { String(Substring($0)) }
    }

    /// What follows `directory` and a slash; `nil` when the path does not begin so.
    package func path(below directory: String) -> String? {
        let prefix = (directory + "/").utf8
        guard utf8.starts(with: prefix) else { return nil }
        return String(Substring(utf8.dropFirst(prefix.count)))
    }
}
