import Graphs
import Primitives

extension AuditReport {
    /// The report as an HTML file.
    package var html: [UInt8] { ReportPage.render(self) }

    /// The report as a Markdown file.
    package var markdown: [UInt8] { ReportMarkdown.render(self) }
}

extension ReportEvidence {
    /// The graph in the language of graphviz, coloured by what building again showed; `nil` for one that is
    /// too large to look at.
    package var picture: [UInt8]? {
        guard graph.nodes.count <= 1000 else { return nil }
        var lines = [
            "digraph verdicts {",
            "  rankdir=LR; node [shape=box, style=filled, fontname=\"sans-serif\", fontsize=10];",
        ]
        for (index, node) in graph.nodes.enumerated() {
            let colour =
                switch entries[node.path]?.isSame {
                case true: "#b7e4c0"
                case false: "#f5b5b0"
                default: "#e0e0e0"
                }
            // Names of derivations hold no quotes and no backslashes.
            lines.append("  n\(index) [label=\"\(node.name)\", fillcolor=\"\(colour)\"];")
        }
        lines += graph.edges.map { "  n\($0.from) -> n\($0.to);" } + ["}"]
        return Array(lines.joined(separator: "\n").utf8)
    }
}

/// A report as one HTML file that needs nothing else: no script, no network, and every text escaped. Pictures
/// are images, in which nothing runs.
private enum ReportPage {
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

    private static func html(_ block: AuditReport.Block) -> String {
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

/// A report as Markdown (CommonMark, tables as GitHub has them). Pictures are left out.
private enum ReportMarkdown {
    static func render(_ report: AuditReport) -> [UInt8] {
        let head =
            "# Audit of \(escaped(report.subject))\n\n**\(escaped(report.verdict.text))**\n\n"
        return Array((head + report.blocks.map { markdown($0, level: 2) }.joined()).utf8)
    }

    private static func markdown(_ block: AuditReport.Block, level: Int) -> String {
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

    /// By scalars: a character that is combined with a mark is still markup to readers of Markdown.
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
