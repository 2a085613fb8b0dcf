package import Primitives

/// Gives every part of a tree to two visitors, so that it is read only once.
package struct TreeVisitorPair<First, Second>: TreeVisitor, ~Copyable
where First: TreeVisitor & ~Copyable, Second: TreeVisitor & ~Copyable {
    /// The visitor that is served first.
    package var first: First
    /// The other.
    package var second: Second

    /// A visitor that serves both.
    package init(_ first: consuming First, _ second: consuming Second) {
        self.first = first
        self.second = second
    }

    /// Begins a regular file.
    package mutating func beginRegular(executable: Bool, size: UInt64) throws {
        try first.beginRegular(executable: executable, size: size)
        try second.beginRegular(executable: executable, size: size)
    }

    /// Takes the next bytes of the file.
    package mutating func contents(_ bytes: Span<UInt8>) throws {
        try first.contents(bytes)
        try second.contents(bytes)
    }

    /// Ends the file.
    package mutating func endRegular() throws {
        try first.endRegular()
        try second.endRegular()
    }

    /// Takes a symbolic link.
    package mutating func symlink(target: ByteString) throws {
        try first.symlink(target: target)
        try second.symlink(target: target)
    }

    /// Begins a directory.
    package mutating func beginDirectory() throws {
        try first.beginDirectory()
        try second.beginDirectory()
    }

    /// Takes the name of the node that follows.
    package mutating func entry(_ name: FileName) throws {
        try first.entry(name)
        try second.entry(name)
    }

    /// Ends the directory.
    package mutating func endDirectory() throws {
        try first.endDirectory()
        try second.endDirectory()
    }
}

extension TreeVisitorPair where First: ~Copyable, Second: ~Copyable {
    /// Gives the second visitor back.
    package consuming func intoSecond() -> Second { second }
}
