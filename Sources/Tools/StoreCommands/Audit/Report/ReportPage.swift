import Primitives

/// A report as one HTML file that needs nothing else: no script, no network, and every text escaped. Pictures
/// are images, in which nothing runs.
enum ReportPage {
    /// The file's bytes.
    static func render(_ report: AuditReport) -> [UInt8] {
        let parts = [
            "title": escaped("Audit of \(report.subject)"), "verdict": escaped(report.verdict.text),
            "class": report.verdict.word, "body": report.blocks.map(html).joined(),
        ]
        let template = String(decoding: PackageResources.report_html, as: UTF8.self)
        var result = ""
        let pieces = template.split(separator: "@", omittingEmptySubsequences: false)
        for (index, piece) in pieces.enumerated() {
            result += index % 2 == 1 ? parts[String(piece)] ?? "" : String(piece)
        }
        return Array(result.utf8)
    }

    private static func html(_ block: ReportBlock) -> String {
        switch block {
        case .heading(let text): return "<h2>\(escaped(text))</h2>\n"
        case .text(let text): return "<p>\(escaped(text))</p>\n"
        case .lines(let lines):
            return "<pre>\(escaped(lines.joined(separator: "\n")))</pre>\n"
        case .details(let summary, let blocks):
            return "<details><summary>\(escaped(summary))</summary>\n"
                + blocks.map(html).joined() + "</details>\n"
        case .picture(let bytes, let text):
            return "<p><img alt=\"\(escaped(text))\" src=\"data:image/svg+xml;base64,"
                + Base64.encode(bytes) + "\"></p>\n"
        case .table(let columns, let rows):
            let head = columns.map { "<th>\(escaped($0))</th>" }.joined()
            let body = rows.map { row in
                "<tr>" + row.map { "<td>\(escaped($0))</td>" }.joined() + "</tr>\n"
            }
            return "<table><tr>\(head)</tr>\n\(body.joined())</table>\n"
        }
    }

    /// Text that is no markup, in elements and in attributes.
    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            // HTML has no other control characters.
            case "\n", "\t": result.unicodeScalars.append(scalar)
            case _ where scalar.value < 0x20 || (0x7f..<0xa0).contains(scalar.value):
                result += "\u{fffd}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
