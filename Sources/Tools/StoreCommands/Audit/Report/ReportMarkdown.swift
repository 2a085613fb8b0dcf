/// A report as Markdown (CommonMark, tables as GitHub has them). Pictures are left out.
enum ReportMarkdown {
    /// The file's bytes.
    static func render(_ report: AuditReport) -> [UInt8] {
        let head =
            "# Audit of \(escaped(report.subject))\n\n**\(escaped(report.verdict.text))**\n\n"
        return Array((head + report.blocks.map { markdown($0, level: 2) }.joined()).utf8)
    }

    private static func markdown(_ block: ReportBlock, level: Int) -> String {
        switch block {
        case .heading(let text):
            return String(repeating: "#", count: level) + " \(escaped(text))\n\n"
        case .text(let text): return escaped(text) + "\n\n"
        case .lines(let lines):
            // Indented, so that no line can end it.
            return lines.map { "    " + onOneLine($0) { _ in false } + "\n" }.joined() + "\n"
        case .details(let summary, let blocks):
            return String(repeating: "#", count: level + 1) + " \(escaped(summary))\n\n"
                + blocks.map { markdown($0, level: level + 2) }.joined()
        case .picture: return ""
        case .table(let columns, let rows):
            let all = [columns, columns.map { _ in "---" }] + rows
            return all.enumerated().map { index, row in
                "| " + row.map { index == 1 ? $0 : escaped($0) }.joined(separator: " | ") + " |\n"
            }.joined() + "\n"
        }
    }

    /// Text in which nothing is markup, on one line.
    private static func escaped(_ text: String) -> String {
        onOneLine(text) { "\\`*_{}[]()#+!|<>&~".unicodeScalars.contains($0) }
    }

    /// By scalars: what is combined with a mark is still itself to who reads Markdown.
    private static func onOneLine(_ text: String, escaping isMarkup: (Unicode.Scalar) -> Bool)
        -> String
    {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x0a...0x0d, 0x85, 0x2028, 0x2029: result.append(" ")
            default:
                if isMarkup(scalar) { result.append("\\") }
                result.append(scalar)
            }
        }
        return String(result)
    }
}
