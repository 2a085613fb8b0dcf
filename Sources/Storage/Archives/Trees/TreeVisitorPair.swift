public import Primitives

/// Gives every part of a tree to two visitors, so that it is read only once.
public struct TreeVisitorPair<First, Second>: TreeVisitor, ~Copyable
where First: TreeVisitor & ~Copyable, Second: TreeVisitor & ~Copyable {
    /// The visitor that is served first.
    public var first: First
    /// The other.
    public var second: Second

    /// A visitor that serves both.
    public init(_ first: consuming First, _ second: consuming Second) {
        self.first = first
        self.second = second
    }

    /// Begins a regular file.
    public mutating func beginRegular(executable: Bool, size: UInt64) throws {
        try first.beginRegular(executable: executable, size: size)
        try second.beginRegular(executable: executable, size: size)
    }

    /// Takes the next bytes of the file.
    public mutating func contents(_ bytes: Span<UInt8>) throws {
        try first.contents(bytes)
        try second.contents(bytes)
    }

    /// Ends the file.
    public mutating func endRegular() throws {
        try first.endRegular()
        try second.endRegular()
    }

    /// Takes a symbolic link.
    public mutating func symlink(target: ByteString) throws {
        try first.symlink(target: target)
        try second.symlink(target: target)
    }

    /// Begins a directory.
    public mutating func beginDirectory() throws {
        try first.beginDirectory()
        try second.beginDirectory()
    }

    /// Takes the name of the node that follows.
    public mutating func entry(_ name: FileName) throws {
        try first.entry(name)
        try second.entry(name)
    }

    /// Ends the directory.
    public mutating func endDirectory() throws {
        try first.endDirectory()
        try second.endDirectory()
    }
}

extension TreeVisitorPair where First: ~Copyable, Second: ~Copyable {
    /// Gives the second visitor back.
    public consuming func intoSecond() -> Second { second }
}
