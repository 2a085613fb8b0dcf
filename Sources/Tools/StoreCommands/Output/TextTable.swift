/// Rows in columns as wide as their widest text, those of numbers to the right.
struct TextTable {
    private let rightAligned: Set<Int>
    private var rows: [[String]] = []

    /// A table whose first row has the columns' names.
    ///
    /// - Parameter rightAligned: the numbers of the columns that are aligned to the right.
    init(_ header: [String], rightAligned: Set<Int>) {
        self.rightAligned = rightAligned
        rows = [header]
    }

    /// Adds a row.
    mutating func add(_ row: [String]) { rows.append(row) }

    /// The lines, without spaces at their ends.
    var text: String {
        var widths: [Int] = []
        for row in rows {
            for (column, text) in row.enumerated() {
                if column == widths.count { widths.append(0) }
                widths[column] = max(widths[column], text.count)
            }
        }
        return rows.map { row in
            let cells = row.enumerated().map { column, text in
                if column == row.count - 1, !rightAligned.contains(column) { return text }
                let space = String(repeating: " ", count: widths[column] - text.count)
                return rightAligned.contains(column) ? space + text : text + space
            }
            let line = cells.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed()) + "\n"
        }.joined()
    }
}
