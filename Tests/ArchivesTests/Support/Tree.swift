import Archives
import Primitives
import Testing

/// A small file tree as a value.
indirect enum Tree {
    case file([UInt8], executable: Bool = false)
    case symlink(ByteString)
    case directory([(ByteString, Tree)])

    static func text(_ text: String) -> Tree { .file(Array(text.utf8)) }

    /// A directory with one entry.
    static func nested(_ name: ByteString, _ tree: Tree) -> Tree { .directory([(name, tree)]) }

    /// Gives the parts to a visitor, entries sorted.
    func visit<Visitor: TreeVisitor & ~Copyable>(with visitor: inout Visitor) throws {
        switch self {
        case .file(let bytes, let executable):
            try visitor.beginRegular(executable: executable, size: UInt64(bytes.count))
            try visitor.contents(bytes.span)
            try visitor.endRegular()
        case .symlink(let target): try visitor.symlink(target: target)
        case .directory(let entries):
            try visitor.beginDirectory()
            for (name, node) in entries.sorted(by: { $0.0 < $1.0 }) {
                try visitor.entry(FileName(name))
                try node.visit(with: &visitor)
            }
            try visitor.endDirectory()
        }
    }

    /// The NAR of the tree, written without a file system.
    func archive() throws -> [UInt8] {
        var writer = NARWriter(MemorySink())
        try visit(with: &writer)
        try writer.finish()
        return writer.intoSink().bytes
    }

    static func pattern(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ 3) }
    }

    /// Names that are not UTF-8, that sort differently in locales, of 255 bytes; sizes around the
    /// padding and the buffer; long targets; 64 levels.
    static var awkward: Tree {
        var entries: [(ByteString, Tree)] = (0..<18).map {
            ("size-\($0)", .file(pattern($0), executable: $0 % 2 == 1))
        }
        let names: [ByteString] = [
            "a", "a-b", "a.b", "aB", "A", ByteString([0xff, 0xfe]), "new\nline", "é", "\u{1}",
            ByteString([UInt8](repeating: 0x6e, count: 255)), " space ",
        ]
        for (index, name) in names.enumerated() { entries.append((name, .text("\(index + 1)"))) }
        var deep = Tree.directory([("leaf", .text("leaf"))])
        for _ in 0..<61 { deep = .nested("d", deep) }
        entries += [
            ("big", .file(pattern(600 * 1024 + 5), executable: true)),
            ("border", .file(pattern(262_144))),
            ("dangling", .symlink(ByteString(Array("/nowhere/".utf8) + [0xff]))),
            ("good", .symlink("a")),
            ("long", .symlink(ByteString([UInt8](repeating: 0x74, count: 4000)))),
            ("empty", .directory([])),
            ("deep", deep),
        ]
        return .directory(entries)
    }
}

extension Tree: CustomTestStringConvertible {
    var testDescription: String {
        switch self {
        case .file(let bytes, _): "file of \(bytes.count) bytes"
        case .symlink: "symbolic link"
        case .directory(let entries): "directory of \(entries.count)"
        }
    }
}
