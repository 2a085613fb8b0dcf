extension JSONValue {
    /// The JSON text in UTF-8, without a newline at its end.
    ///
    /// - Parameter isPretty: one member or element a line, indented by two spaces, as Nix prints.
    public func text(isPretty: Bool = true) -> [UInt8] {
        var bytes: [UInt8] = []
        print(into: &bytes, indentation: isPretty ? 0 : nil)
        return bytes
    }

    private func print(into bytes: inout [UInt8], indentation: Int?) {
        switch self {
        case .null: bytes.append(contentsOf: "null".utf8)
        case .bool(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
        case .integer(let value): bytes.append(contentsOf: "\(value)".utf8)
        case .number(let value):
            bytes.append(contentsOf: (value.isFinite ? "\(value)" : "null").utf8)
        case .string(let text): Self.print(text, into: &bytes)
        case .array(let items):
            Self.printList(items, "[", "]", into: &bytes, indentation: indentation) {
                item, bytes, inner in item.print(into: &bytes, indentation: inner)
            }
        case .object(let members):
            let entries = members.map { Member(key: $0.key, value: $0.value) }
            JSONValue.entries(entries).print(into: &bytes, indentation: indentation)
        case .entries(let members):
            let sorted = members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            Self.printList(sorted, "{", "}", into: &bytes, indentation: indentation) {
                member, bytes, inner in
                Self.print(member.key, into: &bytes)
                bytes.append(UInt8(ascii: ":"))
                if inner != nil { bytes.append(UInt8(ascii: " ")) }
                member.value.print(into: &bytes, indentation: inner)
            }
        }
    }

    private static func printList<Item>(
        _ items: [Item], _ open: String, _ close: String, into bytes: inout [UInt8],
        indentation: Int?, _ print: (Item, inout [UInt8], Int?) -> Void
    ) {
        bytes.append(contentsOf: open.utf8)
        let inner = indentation.map { $0 + 2 }
        for (index, item) in items.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            newLine(into: &bytes, inner)
            print(item, &bytes, inner)
        }
        if !items.isEmpty { newLine(into: &bytes, indentation) }
        bytes.append(contentsOf: close.utf8)
    }

    private static func newLine(into bytes: inout [UInt8], _ indentation: Int?) {
        guard let indentation else { return }
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: indentation))
    }

    private static func print(_ text: String, into bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": bytes.append(contentsOf: "\\\"".utf8)
            case "\\": bytes.append(contentsOf: "\\\\".utf8)
            case "\n": bytes.append(contentsOf: "\\n".utf8)
            case "\r": bytes.append(contentsOf: "\\r".utf8)
            case "\t": bytes.append(contentsOf: "\\t".utf8)
            case " "..."~": bytes.append(UInt8(scalar.value))
            default:
                // JSON is shown on terminals, too: nothing in it may steer one.
                if scalar.misleads || scalar.systemByte != nil {
                    for unit in String(scalar).utf16 {
                        let pair = [UInt8(unit >> 8), UInt8(unit & 0xff)]
                        bytes.append(contentsOf: "\\u\(Base16.encode(pair))".utf8)
                    }
                } else {
                    bytes.append(contentsOf: String(scalar).utf8)
                }
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
