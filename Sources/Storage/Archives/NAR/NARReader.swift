package import Primitives

/// Reads one NAR (`docs/formats/nar.md`) as events from any source.
///
/// Strict: whatever it accepts is, written again, the same bytes. Padding must be zero, names must
/// be valid and strictly increasing, keywords and targets have limits, and no length is trusted
/// for an allocation. Memory: one buffer of 256 KiB and the names that lead to the current node.
package struct NARReader<Source: ByteSource & ~Copyable>: ~Copyable {
    private enum State {
        case start
        case node
        case contents(remaining: UInt64, padding: Int)
        case directory
        case finished
    }

    /// What is read from; after the last event it stands behind the NAR's last byte.
    package private(set) var input: BufferedSource<Source>
    private var state = State.start
    private var token: [UInt8] = []
    private var tokenOffset: UInt64 = 0
    /// The greatest name so far of every open directory.
    private var names: [FileName?] = []

    /// A reader of the NAR that begins at the next byte of `source`.
    package init(_ source: consuming Source) { input = BufferedSource(source) }

    /// A reader of the NAR that begins at the next byte of `input`.
    package init(buffered input: consuming BufferedSource<Source>) { self.input = input }

    /// Gives the input back, to read on behind the NAR.
    package consuming func intoInput() -> BufferedSource<Source> { input }

    /// The next event; `nil` behind the last.
    ///
    /// - Throws: ``ArchivesError/malformedNAR(offset:reason:)`` and what the source throws.
    package mutating func next() throws -> NAREvent? {
        if case .contents = state { try readContents { _ in } }
        switch state {
        case .start:
            try expect("nix-archive-1")
            state = .node
            return try node()
        case .node: return try node()
        case .directory: return try entry()
        case .finished, .contents: return nil
        }
    }

    /// Gives the contents of the regular file that the last event began to `body`, in pieces that
    /// are valid only during the call.
    package mutating func readContents(_ body: (Span<UInt8>) throws -> Void) throws {
        guard case .contents(let remaining, let padding) = state else { return }
        let missing = try input.read(remaining, body)
        if missing > 0 { throw fault("it ends \(missing) bytes before the end of a file") }
        tokenOffset = input.offset
        guard try input.read(padding, into: &token) else { throw fault("it ends in padding") }
        try checkZero(token[...])
        try endNode()
    }

    /// Throws unless the archive was read whole and the source holds nothing behind it.
    package mutating func expectEnd() throws {
        while try next() != nil {}
        tokenOffset = input.offset
        if try !input.isAtEnd() { throw fault("bytes follow the end of the archive") }
    }

    private mutating func node() throws -> NAREvent {
        if names.count >= TreeWalker.maximumDepth {
            throw fault("more than \(TreeWalker.maximumDepth) levels of directories")
        }
        try expect("(")
        try expect("type")
        try readString(limit: NARLimits.keyword, "file type")
        if isToken("regular") { return try regular() }
        if isToken("symlink") { return try symlink() }
        if isToken("directory") {
            names.append(nil)
            state = .directory
            return .directory
        }
        throw fault("unknown file type '\(ByteString(token))'")
    }

    private mutating func regular() throws -> NAREvent {
        try readString(limit: NARLimits.keyword, "keyword")
        let executable = isToken("executable")
        if executable {
            try expect("")
            try readString(limit: NARLimits.keyword, "keyword")
        }
        guard isToken("contents") else {
            throw fault("'contents' expected instead of '\(ByteString(token))'")
        }
        let size = try readNumber()
        // Off_t is signed: no file can be greater.
        if size > UInt64(Int64.max) { throw fault("a file of \(size) bytes cannot exist") }
        state = .contents(remaining: size, padding: Int(7 & (0 &- size)))
        return .regular(executable: executable, size: size)
    }

    private mutating func symlink() throws -> NAREvent {
        try expect("target")
        try readString(limit: NARLimits.target, "symbolic link target")
        if let reason = NARLimits.fault(inTarget: token) { throw fault(reason) }
        let target = ByteString(token)
        try endNode()
        return .symlink(target: target)
    }

    private mutating func entry() throws -> NAREvent {
        try readString(limit: NARLimits.keyword, "keyword")
        if isToken(")") {
            names.removeLast()
            try endDirectory()
            return .endDirectory
        }
        guard isToken("entry") else {
            throw fault("'entry' expected instead of '\(ByteString(token))'")
        }
        try expect("(")
        try expect("name")
        try readString(limit: NARLimits.name, "file name")
        if let reason = FileName.fault(in: token) {
            throw fault("file name '\(ByteString(token))' is not valid: \(reason)")
        }
        let name = FileName(terminated: token + [0])
        if let previous = names.last, let previous, previous >= name {
            throw fault("file name '\(name)' does not sort after '\(previous)'")
        }
        names[names.count - 1] = name
        try expect("node")
        state = .node
        return .entry(name)
    }

    /// Reads the `)` of a regular file or symbolic link.
    private mutating func endNode() throws {
        try expect(")")
        try endDirectory()
    }

    /// Reads the `)` of the entry that held the node whose own `)` was read.
    private mutating func endDirectory() throws {
        if names.isEmpty {
            state = .finished
        } else {
            try expect(")")
            state = .directory
        }
    }

    private mutating func expect(_ keyword: StaticString) throws {
        try readString(limit: NARLimits.keyword, "keyword")
        guard isToken(keyword) else {
            throw fault("'\(keyword)' expected instead of '\(ByteString(token))'")
        }
    }

    private func isToken(_ keyword: StaticString) -> Bool {
        token.count == keyword.utf8CodeUnitCount && token.elementsEqual(keyword.description.utf8)
    }

    private mutating func readNumber() throws -> UInt64 {
        tokenOffset = input.offset
        guard let number = try input.readNumber() else { throw fault("it ends in a length") }
        return number
    }

    private mutating func readString(limit: UInt64, _ what: StaticString) throws {
        let count = try readNumber()
        if count > limit { throw fault("a \(what) of \(count) bytes is longer than \(limit)") }
        let padded = Int((count + 7) & ~7)
        guard try input.read(padded, into: &token) else { throw fault("it ends in a \(what)") }
        try checkZero(token[Int(count)...])
        token.removeLast(padded - Int(count))
    }

    private func checkZero(_ padding: ArraySlice<UInt8>) throws {
        if padding.contains(where: { $0 != 0 }) { throw fault("padding is not zero") }
    }

    private func fault(_ reason: String) -> ArchivesError {
        .malformedNAR(offset: tokenOffset, reason: reason)
    }
}

extension NARReader where Source: ~Copyable {
    /// Gives the whole tree to a visitor.
    ///
    /// - Throws: ``ArchivesError``, and what the source and the visitor throw.
    package mutating func visit<Visitor: TreeVisitor & ~Copyable>(
        with visitor: inout Visitor
    ) throws {
        while let event = try next() {
            switch event {
            case .regular(let executable, let size):
                try visitor.beginRegular(executable: executable, size: size)
                try readContents { try visitor.contents($0) }
                try visitor.endRegular()
            case .symlink(let target): try visitor.symlink(target: target)
            case .directory: try visitor.beginDirectory()
            case .entry(let name): try visitor.entry(name)
            case .endDirectory: try visitor.endDirectory()
            }
        }
    }
}
