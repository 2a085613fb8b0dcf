/// A place in a text: where a value or its key begins.
package struct TOMLPlace: Sendable, Hashable, Comparable {
    /// The line, from 1.
    package let line: Int
    /// The column, from 1: by characters of Unicode, a tab is one.
    package let column: Int

    /// The place.
    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    /// By line, then by column.
    package static func < (left: TOMLPlace, right: TOMLPlace) -> Bool {
        (left.line, left.column) < (right.line, right.column)
    }
}
