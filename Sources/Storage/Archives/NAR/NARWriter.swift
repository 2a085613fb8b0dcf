package import Primitives

/// Writes the parts of a tree as a NAR (`docs/formats/nar.md`) into a sink.
///
/// Small pieces are gathered; contents of 4 KiB and more go to the sink as they come. Parts in an
/// order that a NAR cannot hold are refused.
package struct NARWriter<Sink: ByteSink & ~Copyable>: TreeVisitor, ~Copyable {
    private enum State {
        case node
        case contents(remaining: UInt64, padding: Int)
        case directory
        case finished
    }

    private var sink: Sink
    private var pending: [UInt8] = []
    private var state = State.node
    /// The greatest name so far of every open directory.
    private var names: [FileName?] = []

    /// A writer of one NAR.
    package init(_ sink: consuming Sink) {
        self.sink = sink
        pending.reserveCapacity(Self.gathered + 8192)
        string("nix-archive-1")
    }

    /// Ends the archive: everything is with the sink.
    package mutating func finish() throws {
        guard case .finished = state else {
            throw ArchivesError.invalidTree(reason: "it ends before its last node does")
        }
        try flush()
    }

    /// Gives the sink back.
    package consuming func intoSink() -> Sink { sink }

    /// Begins a regular file.
    package mutating func beginRegular(executable: Bool, size: UInt64) throws {
        try beginNode()
        string("regular")
        if executable {
            string("executable")
            string("")
        }
        string("contents")
        number(size)
        state = .contents(remaining: size, padding: Int(7 & (0 &- size)))
    }

    /// Takes the next bytes of the file.
    package mutating func contents(_ bytes: Span<UInt8>) throws {
        guard case .contents(let remaining, let padding) = state, bytes.count <= remaining else {
            throw ArchivesError.invalidTree(reason: "a file has more contents than its size says")
        }
        state = .contents(remaining: remaining - UInt64(bytes.count), padding: padding)
        if bytes.count >= 4096 {
            try flush()
            try sink.write(bytes)
        } else {
            pending.append(contentsOf: bytes.copied())
            try flushIfLarge()
        }
    }

    /// Ends the file.
    package mutating func endRegular() throws {
        guard case .contents(remaining: 0, let padding) = state else {
            throw ArchivesError.invalidTree(reason: "a file has less contents than its size says")
        }
        for _ in 0..<padding { pending.append(0) }
        try endNode()
    }

    /// Takes a symbolic link.
    package mutating func symlink(target: ByteString) throws {
        try beginNode()
        if let reason = NARLimits.fault(inTarget: target.bytes) {
            throw ArchivesError.invalidTree(reason: reason)
        }
        string("symlink")
        string("target")
        string(target.bytes)
        try endNode()
    }

    /// Begins a directory.
    package mutating func beginDirectory() throws {
        try beginNode()
        string("directory")
        names.append(nil)
        state = .directory
    }

    /// Takes the name of the node that follows.
    package mutating func entry(_ name: FileName) throws {
        guard case .directory = state, let previous = names.last else {
            throw ArchivesError.invalidTree(reason: "entry '\(name)' stands outside a directory")
        }
        if let previous, previous >= name {
            throw ArchivesError.invalidTree(
                reason: "entry '\(name)' does not sort after '\(previous)'")
        }
        names[names.count - 1] = name
        string("entry")
        string("(")
        string("name")
        string(name.bytes)
        string("node")
        state = .node
    }

    /// Ends the directory.
    package mutating func endDirectory() throws {
        guard case .directory = state, !names.isEmpty else {
            throw ArchivesError.invalidTree(reason: "a directory ends that did not begin")
        }
        names.removeLast()
        try endNode()
    }

    private mutating func beginNode() throws {
        guard case .node = state else {
            throw ArchivesError.invalidTree(reason: "a node stands where none belongs")
        }
        if names.count >= TreeWalker.maximumDepth {
            throw ArchivesError.invalidTree(
                reason: "more than \(TreeWalker.maximumDepth) levels of directories")
        }
        string("(")
        string("type")
    }

    private mutating func endNode() throws {
        string(")")
        if names.isEmpty {
            state = .finished
        } else {
            string(")")
            state = .directory
        }
        try flushIfLarge()
    }

    private static var gathered: Int { 65536 }

    private mutating func flushIfLarge() throws {
        if pending.count >= Self.gathered { try flush() }
    }

    private mutating func flush() throws {
        if pending.isEmpty { return }
        // Swapped out, because the sink and the bytes are parts of the same value.
        var bytes: [UInt8] = []
        swap(&bytes, &pending)
        try sink.write(bytes.span)
        bytes.removeAll(keepingCapacity: true)
        swap(&bytes, &pending)
    }

    private mutating func number(_ value: UInt64) {
        for shift in stride(from: 0, to: 64, by: 8) {
            pending.append(UInt8(truncatingIfNeeded: value >> UInt64(shift)))
        }
    }

    private mutating func string(_ text: StaticString) {
        let count = text.utf8CodeUnitCount
        number(UInt64(count))
        // A static string of ASCII: one scalar is one byte.
        pending.append(contentsOf: text.description.utf8)
        for _ in 0..<(7 & -count) { pending.append(0) }
    }

    private mutating func string(_ bytes: some Collection<UInt8>) {
        let count = bytes.count
        number(UInt64(count))
        pending.append(contentsOf: bytes)
        for _ in 0..<(7 & -count) { pending.append(0) }
    }
}
