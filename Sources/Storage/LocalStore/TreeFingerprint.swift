import Archives
import Primitives
import StoreModel

/// What is learnt about a tree in one pass over its bytes.
struct TreeFingerprint {
    /// The SHA-256 digest of its NAR.
    var narHash: Digest
    /// The size of its NAR in bytes.
    var narSize: UInt64
    /// The hash parts found in it.
    var hashParts: Set<String>
    /// The digest that was asked for besides.
    var contentDigest: Digest?
}

/// Hashes and scans while a tree is read or copied.
typealias FingerprintSink = TeeSink<DigestSink, ReferenceScanner>

extension TreeFingerprint {
    /// A request for one more digest.
    typealias Wanted = (method: ContentAddressMethod, algorithm: HashAlgorithm)

    /// Reads the tree `name` in `directory`.
    ///
    /// - Parameters:
    ///   - candidates: the hash parts to look for.
    ///   - wanted: a digest to be made besides; the NAR's SHA-256 is not made twice.
    ///   - ignoresExecutable: whether an executable file counts as a plain one.
    ///   - substitute: for a file, another to be read in its stead.
    ///   - copy: where to copy the tree to meanwhile, every file a fresh inode.
    init(
        reading name: FileName, in directory: borrowing DirectoryDescriptor,
        candidates: [String], wanted: Wanted?, ignoresExecutable: Bool = false,
        substitute: ((FileIdentity) throws -> OpenFile?)? = nil,
        copy: consuming TreeBuilder?
    ) throws {
        let sink = FingerprintSink(DigestSink(), ReferenceScanner(candidates: candidates))
        let isNAR = wanted.map { $0.method == .recursive && $0.algorithm == .sha256 } ?? true
        let digest =
            isNAR
            ? nil
            : try wanted.map {
                try FixedOutputDigest(
                    $0.method, $0.algorithm, path: directory.path(of: name))
            }
        var visitor = Visitor(
            nar: NARWriter(sink), digest: digest, copy: copy,
            ignoresExecutable: ignoresExecutable)
        var walker = TreeWalker()
        walker.substitute = substitute
        try walker.walk(name, in: directory, visiting: &visitor)
        (narHash, narSize, hashParts, contentDigest) = try visitor.finish()
        if wanted != nil, isNAR { contentDigest = narHash }
    }

    /// Serves the NAR, and what else is wanted.
    private struct Visitor: TreeVisitor, ~Copyable {
        var nar: NARWriter<FingerprintSink>
        var digest: FixedOutputDigest?
        var copy: TreeBuilder?
        let ignoresExecutable: Bool

        consuming func finish() throws -> (Digest, UInt64, Set<String>, Digest?) {
            try nar.finish()
            let sink = nar.intoSink()
            return (
                sink.first.digest(), sink.first.byteCount, sink.second.found,
                try digest.take()?.finish()
            )
        }

        mutating func beginRegular(executable: Bool, size: UInt64) throws {
            let executable = executable && !ignoresExecutable
            try digest?.beginRegular(executable: executable, size: size)
            try nar.beginRegular(executable: executable, size: size)
            try copy?.beginRegular(executable: executable, size: size)
        }

        mutating func contents(_ bytes: Span<UInt8>) throws {
            try digest?.contents(bytes)
            try nar.contents(bytes)
            try copy?.contents(bytes)
        }

        mutating func endRegular() throws {
            try digest?.endRegular()
            try nar.endRegular()
            try copy?.endRegular()
        }

        mutating func symlink(target: ByteString) throws {
            try digest?.symlink(target: target)
            try nar.symlink(target: target)
            try copy?.symlink(target: target)
        }

        mutating func beginDirectory() throws {
            try digest?.beginDirectory()
            try nar.beginDirectory()
            try copy?.beginDirectory()
        }

        mutating func entry(_ name: FileName) throws {
            try digest?.entry(name)
            try nar.entry(name)
            copy?.entry(name)
        }

        mutating func endDirectory() throws {
            try digest?.endDirectory()
            try nar.endDirectory()
            try copy?.endDirectory()
        }
    }
}
