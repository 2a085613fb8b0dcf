import Primitives

/// Hands the parts of a tree on with hash parts replaced in contents, targets and names.
struct RewritingVisitor<Next: TreeVisitor & ~Copyable>: TreeVisitor, ~Copyable {
    var next: Next
    private var rewriter: ReferenceRewriter
    private var output: [UInt8] = []

    init(_ rewriter: ReferenceRewriter, _ next: consuming Next) {
        self.rewriter = rewriter
        self.next = next
    }

    mutating func beginRegular(executable: Bool, size: UInt64) throws {
        try next.beginRegular(executable: executable, size: size)
    }

    mutating func contents(_ bytes: Span<UInt8>) throws {
        rewriter.rewrite(bytes, into: &output)
        try handOn()
    }

    mutating func endRegular() throws {
        rewriter.finish(into: &output)
        try handOn()
        try next.endRegular()
    }

    private mutating func handOn() throws {
        rewriter.matches.removeAll(keepingCapacity: true)
        if output.isEmpty { return }
        // Swapped out, because the visitor and the bytes are parts of the same value.
        var bytes: [UInt8] = []
        swap(&bytes, &output)
        try next.contents(bytes.span)
        bytes.removeAll(keepingCapacity: true)
        swap(&bytes, &output)
    }

    mutating func symlink(target: ByteString) throws {
        try next.symlink(target: ByteString(rewriter.rewritten(target.bytes).bytes))
    }

    mutating func beginDirectory() throws { try next.beginDirectory() }

    mutating func entry(_ name: FileName) throws {
        try next.entry(FileName(ByteString(rewriter.rewritten(name.bytes).bytes)))
    }

    mutating func endDirectory() throws { try next.endDirectory() }
}

/// Copies the tree `name` of `directory` to `newName` in `destination`, where no such entry may exist,
/// with hash parts replaced in contents, targets and names. Memory does not grow with the size of files.
///
/// - Parameter replacements: as for ``ReferenceRewriter/init(_:)``; neither `/` nor NUL may be in them.
/// - Throws: ``ArchivesError``; the copy is then removed.
package func copyTree(
    _ name: FileName, in directory: borrowing DirectoryDescriptor,
    to newName: FileName, in destination: borrowing DirectoryDescriptor,
    metadata: TreeMetadata = .plain, replacing replacements: [String: String]
) throws {
    var visitor = RewritingVisitor(
        ReferenceRewriter(replacements),
        try TreeBuilder(newName, in: destination, metadata: metadata))
    var walker = TreeWalker()
    do {
        try walker.walk(name, in: directory, visiting: &visitor)
    } catch {
        // Why there is no tree matters more than what is left of it.
        if visitor.next.hasCreated { try? removeTree(newName, in: destination) }
        throw error
    }
}
