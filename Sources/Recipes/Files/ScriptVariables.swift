/// The variables that a shell script reads and sets, as far as its text shows: for a warning before a build
/// that would end in "unbound variable".
struct ScriptVariables {
    /// Variables that must be set, with the line that first reads each.
    private(set) var required: [String: Int] = [:]
    /// Variables that are read, but need not be set.
    private(set) var optional: Set<String> = []
    /// Variables that it sets itself.
    private(set) var assigned: Set<String> = []
    /// Variables that hold the path of a script which is sourced.
    private(set) var sourced: Set<String> = []
    /// Whether it may set variables in ways that are not seen.
    private(set) var isOpaque = false

    private let bytes: [UInt8]
    private var index = 0
    private var line = 1
    private var isQuoted = false
    /// Whether words name variables: after `read`, `local` and their like.
    private var isDeclaring = false
    /// The ends of here-documents that begin after this line.
    private var documents: [(end: [UInt8], isLiteral: Bool)] = []
    /// The end of the here-document that this line belongs to.
    private var document: (end: [UInt8], isLiteral: Bool)?

    private static let declarations: Set<String> = [
        "for", "read", "local", "declare", "typeset", "export", "readonly", "mapfile", "readarray",
        "getopts", "select",
    ]

    init(script: [UInt8]) {
        bytes = script
        while index < bytes.count { step() }
    }

    private func byte(_ offset: Int = 0) -> UInt8? {
        bytes.indices.contains(index + offset) ? bytes[index + offset] : nil
    }

    private mutating func step() {
        let byte = bytes[index]
        switch byte {
        case UInt8(ascii: "\n"):
            line += 1
            isDeclaring = false
            index += 1
            beginLine()
        case UInt8(ascii: "\\"): index += 2
        case UInt8(ascii: "$"): readVariable()
        case UInt8(ascii: "\""):
            isQuoted.toggle()
            index += 1
        case _ where isQuoted || document != nil: index += 1
        case UInt8(ascii: "'"): skipQuotes()
        case UInt8(ascii: "#") where isWordStart: skipLine()
        case UInt8(ascii: ";"), UInt8(ascii: "&"), UInt8(ascii: "|"), UInt8(ascii: ")"):
            isDeclaring = false
            index += 1
        case UInt8(ascii: "<") where self.byte(1) == byte && self.byte(2) != byte: readDocument()
        case UInt8(ascii: ".") where isWordStart && self.byte(1) == 0x20: readSourced(skipping: 2)
        case _ where Self.isNameStart(byte) && isWordStart: readWord()
        default: index += 1
        }
        if byte == UInt8(ascii: "\\"), bytes.indices.contains(index - 1), bytes[index - 1] == 0x0a {
            line += 1
        }
    }

    private static func isNameStart(_ byte: UInt8) -> Bool {
        (0x61...0x7a).contains(byte | 0x20) || byte == 0x5f
    }

    private func name(from start: Int) -> String {
        let end =
            bytes[start...].firstIndex { !Self.isNameStart($0) && !(0x30...0x39).contains($0) }
            ?? bytes.count
        return String(decoding: bytes[start..<end], as: UTF8.self)
    }

    private var isWordStart: Bool {
        guard index > 0 else { return true }
        return " \t\n;&|(){}`".utf8.contains(bytes[index - 1])
    }

    // MARK: Parts

    /// Here-documents begin and end with lines.
    private mutating func beginLine() {
        if document == nil, !documents.isEmpty { document = documents.removeFirst() }
        while let current = document, index < bytes.count {
            let end = bytes[index...].firstIndex(of: 0x0a) ?? bytes.count
            if Array(bytes[index..<end].drop { $0 == 0x09 }) == current.end {
                document = documents.isEmpty ? nil : documents.removeFirst()
                index = min(end + 1, bytes.count)
                line += 1
            } else if current.isLiteral {
                index = min(end + 1, bytes.count)
                line += 1
            } else {
                return
            }
        }
    }

    private mutating func readDocument() {
        index += 2
        if byte() == UInt8(ascii: "-") { index += 1 }
        while byte() == 0x20 { index += 1 }
        let end =
            bytes[index...].firstIndex { " \t\n;&|)<>".utf8.contains($0) } ?? bytes.count
        let word = bytes[index..<end]
        let plain = word.filter { !"'\"\\".utf8.contains($0) }
        documents.append((Array(plain), plain.count != word.count))
        index = end
    }

    private mutating func skipQuotes(withEscapes: Bool = false) {
        index += 1
        while index < bytes.count, bytes[index] != UInt8(ascii: "'") {
            if bytes[index] == 0x0a { line += 1 }
            if withEscapes, bytes[index] == UInt8(ascii: "\\") { index += 1 }
            index += 1
        }
        index += 1
    }

    private mutating func skipLine() {
        while index < bytes.count, bytes[index] != 0x0a { index += 1 }
    }

    /// `$name`, `${name…}`; what else begins with `$` is left to the bytes that follow.
    private mutating func readVariable() {
        var start = index + 1
        let isBraced = byte(1) == UInt8(ascii: "{")
        if isBraced {
            start += 1
            if start < bytes.count, bytes[start] == UInt8(ascii: "#") { start += 1 }
        }
        index = start
        if !isBraced, byte() == UInt8(ascii: "'"), !isQuoted {
            return skipQuotes(withEscapes: true)
        }
        guard let first = byte() else { return }
        if isBraced, first == UInt8(ascii: "!") { isOpaque = true }
        guard Self.isNameStart(first) else { return }
        let name = name(from: start)
        index = start + name.utf8.count
        let isOptional =
            isBraced
            && (byte().map { "-+=?".utf8.contains($0) } == true
                || byte() == UInt8(ascii: ":") && byte(1).map { "-+=?".utf8.contains($0) } == true)
        if isOptional {
            optional.insert(name)
        } else if required[name] == nil {
            required[name] = line
        }
    }

    /// A word in the place of a command or of its arguments.
    private mutating func readWord() {
        let word = name(from: index)
        index += word.utf8.count
        switch byte() {
        case UInt8(ascii: "="), UInt8(ascii: "["): assigned.insert(word)
        case UInt8(ascii: "+") where byte(1) == UInt8(ascii: "="): assigned.insert(word)
        default:
            if isDeclaring { assigned.insert(word) }
            if Self.declarations.contains(word) { isDeclaring = true }
            if word == "in" { isDeclaring = false }
            if word == "eval" { isOpaque = true }
            // coproc sets two variables.
            if word == "coproc" {
                while byte() == 0x20 { index += 1 }
                let process = name(from: index)
                assigned.formUnion([process, process + "_PID", "COPROC", "COPROC_PID"])
            }
            if word == "source" { readSourced(skipping: 1) }
        }
    }

    /// `. "$name"`
    private mutating func readSourced(skipping count: Int) {
        index += count
        while byte() == UInt8(ascii: "\"") || byte() == 0x20 { index += 1 }
        if byte() == UInt8(ascii: "$"), let next = byte(1), Self.isNameStart(next) {
            sourced.insert(name(from: index + 1))
            isQuoted = bytes[index - 1] == UInt8(ascii: "\"")
        } else {
            isOpaque = true
        }
    }
}
