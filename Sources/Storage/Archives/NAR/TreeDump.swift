package import Primitives

/// Writes the tree `name` in `directory` as a NAR (`docs/formats/nar.md`) into `sink`.
///
/// - Throws: ``ArchivesError`` and what the sink throws; the sink then holds part of a NAR.
package func dumpTree<Sink: ByteSink & ~Copyable>(
    _ name: FileName, in directory: borrowing DirectoryDescriptor, to sink: inout Sink
) throws {
    var writer = NARWriter(sink)
    var failure: (any Error)?
    do {
        var walker = TreeWalker()
        try walker.walk(name, in: directory, visiting: &writer)
        try writer.finish()
    } catch {
        failure = error
    }
    sink = writer.intoSink()
    if let failure { throw failure }
}

/// Copies the tree `name` of `directory` to `newName` in `destination`, where no such entry may
/// exist, and writes the same tree as a NAR into `sink`: one pass over the bytes.
///
/// - Parameter metadata: what the copy looks like; every file of it is a fresh inode.
/// - Throws: ``ArchivesError`` and what the sink throws; the copy is then removed.
package func copyTree<Sink: ByteSink & ~Copyable>(
    _ name: FileName, in directory: borrowing DirectoryDescriptor,
    to newName: FileName, in destination: borrowing DirectoryDescriptor,
    metadata: TreeMetadata = .canonical, streamingInto sink: inout Sink
) throws {
    try make(newName, in: destination, metadata, streamingInto: &sink) { visitor in
        var walker = TreeWalker()
        try walker.walk(name, in: directory, visiting: &visitor)
    }
}

/// Makes the tree `name` in `directory`, and its NAR in `sink`, of what `visit` shows.
private func make<Sink: ByteSink & ~Copyable>(
    _ name: FileName, in directory: borrowing DirectoryDescriptor, _ metadata: TreeMetadata,
    streamingInto sink: inout Sink,
    visit: (inout TreeVisitorPair<TreeBuilder, NARWriter<Sink>>) throws -> Void
) throws {
    var visitor = TreeVisitorPair(
        try TreeBuilder(name, in: directory, metadata: metadata), NARWriter(sink))
    var failure: (any Error)?
    do {
        try visit(&visitor)
        try visitor.second.finish()
    } catch {
        failure = error
    }
    let hasCreated = visitor.first.hasCreated
    sink = visitor.intoSecond().intoSink()
    if let failure {
        // Why there is no tree matters more than what is left of it.
        if hasCreated { try? removeTree(name, in: directory) }
        throw failure
    }
}

/// Unpacks the NAR that `reader` reads to `name` in `directory`, where no such entry may exist, and
/// writes the NAR's very bytes into `sink`, to be hashed and scanned in the same pass.
///
/// The reader stands behind the NAR afterwards; ``NARReader/expectEnd()`` tells whether bytes
/// follow it.
///
/// - Throws: ``ArchivesError``, and what source and sink throw; the tree is then removed.
package func restoreTree<Source: ByteSource & ~Copyable, Sink: ByteSink & ~Copyable>(
    from reader: inout NARReader<Source>,
    to name: FileName, in directory: borrowing DirectoryDescriptor,
    metadata: TreeMetadata = .canonical, streamingInto sink: inout Sink
) throws {
    try make(name, in: directory, metadata, streamingInto: &sink) { visitor in
        try reader.visit(with: &visitor)
    }
}

/// Unpacks a NAR that ends where `source` ends to `name` in `directory`.
///
/// - Throws: ``ArchivesError`` and what the source throws; the tree is then removed.
package func restoreTree<Source: ByteSource & ~Copyable>(
    from source: consuming Source,
    to name: FileName, in directory: borrowing DirectoryDescriptor,
    metadata: TreeMetadata = .plain
) throws {
    var reader = NARReader(source)
    var builder = try TreeBuilder(name, in: directory, metadata: metadata)
    do {
        try reader.visit(with: &builder)
        try reader.expectEnd()
    } catch {
        // As in the functions above.
        if builder.hasCreated { try? removeTree(name, in: directory) }
        throw error
    }
}
