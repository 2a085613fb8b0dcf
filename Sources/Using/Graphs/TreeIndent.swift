/// What stands before the entries of a tree that is printed line by line.
package enum TreeIndent {
    /// Deeper entries begin at the margin again, behind an ellipsis: a chain of thousands would be megabytes
    /// of indentation, which nobody reads.
    private static let maximumDepth = 64

    /// The indentation below an entry.
    ///
    /// - Parameters:
    ///   - prefix: the indentation of the entry itself.
    ///   - isLast: whether no other entry hangs on the same one after it.
    package static func below(_ prefix: String, isLast: Bool) -> String {
        let inner = prefix + (isLast ? "    " : "│   ")
        return inner.utf8.count <= maximumDepth * 4 ? inner : "… "
    }
}
