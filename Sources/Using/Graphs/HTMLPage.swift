import Primitives

/// One HTML file that needs nothing else: a template with its style, its script and data.
///
/// The file's own policy lets exactly this style and this script work, by their hashes, and forbids
/// everything else, the network too: so that a name somebody chose cannot become a program.
struct HTMLPage {
    /// What the window is called.
    let title: String
    /// HTML with `@title@`, `@policy@`, `@style@`, `@data@` and `@script@`; no other `@`.
    let template: [UInt8]
    /// CSS, in pieces.
    let styles: [[UInt8]]
    /// JavaScript, in pieces that see each other's names.
    let scripts: [[UInt8]]
    /// What the script finds as the text of the element `data`.
    let data: JSONValue

    /// The file's bytes.
    var bytes: [UInt8] {
        let style = Array(styles.joined())
        let script = Array(scripts.joined())
        let policy =
            "default-src 'none'; style-src '\(Digest.hash(style).sri)'; "
            + "script-src '\(Digest.hash(script).sri)'; base-uri 'none'; form-action 'none'"
        let parts = [
            "title": Self.escaped(title), "policy": Array(policy.utf8), "style": style,
            "script": script, "data": Self.inScript(data.text(isPretty: false)),
        ]
        var result: [UInt8] = []
        let pieces = template.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        for (index, piece) in pieces.enumerated() {
            if index % 2 == 1, let part = parts[String(decoding: piece, as: UTF8.self)] {
                result += part
            } else {
                result += piece
            }
        }
        return result
    }

    /// Text that is no markup.
    static func escaped(_ text: String) -> [UInt8] {
        text.utf8.flatMap { byte -> [UInt8] in
            switch byte {
            case UInt8(ascii: "&"): Array("&amp;".utf8)
            case UInt8(ascii: "<"): Array("&lt;".utf8)
            case UInt8(ascii: ">"): Array("&gt;".utf8)
            default: [byte]
            }
        }
    }

    /// JSON in which nothing ends the element it stands in, or begins a comment: `<` stands only in
    /// JSON's strings, where it may be written otherwise.
    private static func inScript(_ json: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(json.count + 1024)
        for byte in json {
            if byte == UInt8(ascii: "<") { result += #"\u003c"#.utf8 } else { result.append(byte) }
        }
        return result
    }
}
