package import Primitives

/// A digest of the tree `name` in `directory` in which hash parts count as what replaces them: two trees
/// have the same digest when they are the same but for these.
///
/// As in the hash modulo of a store path (`docs/formats/store-path.md`) the places count too, so a tree
/// that holds the text of a replacement is not taken for one that holds the hash part. Entries are sorted
/// by the names that they have after replacing. One pass; memory grows with the entries of a directory
/// only.
///
/// - Parameter replacements: as for ``ReferenceRewriter/init(_:)``; neither `/` nor NUL may be in them.
/// - Throws: ``ArchivesError`` when the tree cannot be read.
package func treeDigest(
    _ name: FileName, in directory: borrowing DirectoryDescriptor,
    replacing replacements: [String: String]
) throws -> Digest {
    var hasher = ModuloHasher(ReferenceRewriter(replacements))
    var walker = TreeWalker()
    try walker.walk(name, in: directory, visiting: &hasher)
    return hasher.root ?? Digest.hash([])
}

/// The digest of a node is that of its kind, its rewritten bytes and the places where they were
/// rewritten; of a directory, that of its entries' names and digests.
private struct ModuloHasher: TreeVisitor, ~Copyable {
    private(set) var root: Digest?
    private var rewriter: ReferenceRewriter
    private var file = HashingContext(.sha256)
    private var places = HashingContext(.sha256)
    private var output: [UInt8] = []
    private var executable = false
    /// Of every open directory the entries that are done, and the name of the one that is not.
    private var directories: [(entries: [[UInt8]: [UInt8]], name: [UInt8])] = []

    init(_ rewriter: ReferenceRewriter) { self.rewriter = rewriter }

    mutating func beginRegular(executable: Bool, size: UInt64) {
        self.executable = executable
        file = HashingContext(.sha256)
        places = HashingContext(.sha256)
    }

    mutating func contents(_ bytes: Span<UInt8>) {
        rewriter.rewrite(bytes, into: &output)
        count()
    }

    mutating func endRegular() {
        rewriter.finish(into: &output)
        count()
        let digests = file.snapshot().bytes + places.snapshot().bytes
        end(executable ? "x" : "f", digests)
    }

    private mutating func count() {
        // Swapped out, because the digest and the bytes are parts of the same value.
        var bytes: [UInt8] = []
        swap(&bytes, &output)
        file.update(bytes)
        bytes.removeAll(keepingCapacity: true)
        swap(&bytes, &output)
        if !rewriter.matches.isEmpty {
            places.update(Self.text(of: rewriter.matches).span)
            rewriter.matches.removeAll(keepingCapacity: true)
        }
    }

    mutating func symlink(target: ByteString) { end("l", whole(target.bytes)) }

    mutating func beginDirectory() { directories.append(([:], [])) }

    mutating func entry(_ name: FileName) {
        directories[directories.count - 1].name = whole(name.bytes)
    }

    mutating func endDirectory() {
        guard let (entries, _) = directories.popLast() else { return }
        let sorted = entries.sorted { $0.key.lexicographicallyPrecedes($1.key) }
        end("d", sorted.flatMap { $0.key + $0.value })
    }

    /// A name or target, rewritten, and where. Neither holds NUL and a digest has 32 bytes, so that
    /// nothing can be read in two ways.
    private func whole(_ bytes: some Collection<UInt8>) -> [UInt8] {
        let (text, matches) = rewriter.rewritten(bytes)
        return text + [0] + Digest.hash(Self.text(of: matches)).bytes
    }

    private static func text(of matches: [ReferenceRewriter.Match]) -> [UInt8] {
        Array(matches.map { "|\($0.offset):\($0.index)" }.joined().utf8)
    }

    private mutating func end(_ kind: Character, _ bytes: [UInt8]) {
        let digest = Digest.hash(Array("\(kind)".utf8) + bytes)
        if directories.isEmpty {
            root = digest
        } else {
            let top = directories.count - 1
            directories[top].entries[directories[top].name] = digest.bytes
        }
    }
}
