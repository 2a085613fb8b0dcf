import Primitives

extension NARListing {
    /// The listing of the NAR that this tree would be, with where each file's contents begin; nothing is read
    /// (`docs/formats/nar.md`: every string is its size in 8 bytes, itself, and zeros to a multiple of 8).
    package func withOffsets() -> NARListing {
        var offset = Self.string(count: "nix-archive-1".utf8.count)
        return NARListing(root: Self.placed(root, &offset))
    }

    private static func string(count: Int) -> UInt64 { 8 + padded(UInt64(count)) }
    private static func string(_ text: String) -> UInt64 { string(count: text.utf8.count) }
    private static func padded(_ count: UInt64) -> UInt64 { (count + 7) & ~7 }

    private static func placed(_ node: Node, _ offset: inout UInt64) -> Node {
        offset += string("(") + string("type")
        defer { offset += string(")") }
        switch node {
        case .regular(let executable, let size, _):
            offset += string("regular") + string("contents") + 8
            if executable { offset += string("executable") + string("") }
            defer { offset += padded(size) }
            return .regular(executable: executable, size: size, offset: offset)
        case .symlink(let target):
            offset += string("symlink") + string("target") + string(count: target.bytes.count)
            return node
        case .directory(let entries):
            offset += string("directory")
            return .directory(
                entries.map { entry in
                    offset += string("entry") + string("(") + string("name")
                    offset += string(count: entry.name.bytes.count) + string("node")
                    defer { offset += string(")") }
                    return Entry(name: entry.name, node: placed(entry.node, &offset))
                })
        }
    }
}
