package import Primitives

/// Takes the parts of one file tree, in the order of a NAR: one node, and when it is a directory,
/// for every entry in the order of the names' bytes the name and then its node.
///
/// A tree comes from a directory (``TreeWalker``) or a NAR (``NARReader``) and goes to a NAR
/// (``NARWriter``), a directory (``TreeBuilder``), or to several at once (``TreeVisitorPair``).
package protocol TreeVisitor: ~Copyable {
    /// A regular file begins; exactly `size` bytes of contents follow in any number of pieces.
    mutating func beginRegular(executable: Bool, size: UInt64) throws
    /// The next bytes of the file, valid only during the call.
    mutating func contents(_ bytes: Span<UInt8>) throws
    /// The file ends.
    mutating func endRegular() throws
    /// A symbolic link.
    mutating func symlink(target: ByteString) throws
    /// A directory begins.
    mutating func beginDirectory() throws
    /// The node that follows is this entry of the directory.
    mutating func entry(_ name: FileName) throws
    /// The directory ends.
    mutating func endDirectory() throws
}
