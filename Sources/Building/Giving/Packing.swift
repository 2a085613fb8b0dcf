import Archives
import Glibc
import LocalStore
import Primitives
import StoreModel
import SystemSupport

/// How what is given to a cache is packed.
public struct PackingOptions: Sendable {
    /// How NARs are compressed.
    public var compression = Compression.zstd
    /// On the compressor's own scale; `nil` is its default.
    public var level: Int?

    /// The compressions, by their names in a narinfo.
    public enum Compression: String, Sendable, CaseIterable {
        /// Not at all.
        case none
        /// gzip.
        case gzip
        /// xz.
        case xz
        /// zstd.
        case zstd

        var format: CompressionFormat {
            switch self {
            case .none: .none
            case .gzip: .gzip
            case .xz: .xz
            case .zstd: .zstd
            }
        }

        var fileEnding: String {
            switch self {
            case .none: ""
            case .gzip: ".gz"
            case .xz: ".xz"
            case .zstd: ".zst"
            }
        }

        /// The levels that its compressor knows.
        public var levels: ClosedRange<Int> {
            switch self {
            case .none: 0...0
            case .gzip, .xz: 0...9
            case .zstd: 1...19
            }
        }
    }

    /// zstd, as it usually is.
    public init() {}

    /// Writes the NAR of `info`'s path, compressed, to a file in `directory`, in one pass.
    ///
    /// - Throws: `LocalStoreError.wrongContent` when the path's bytes are not the registered ones;
    ///   `CancellationError` once `isAbandoned`. There is no file then.
    func pack(
        _ info: PathInfo, of store: LocalStore, into directory: String,
        isAbandoned: @escaping () -> Bool
    ) throws -> PackedNAR {
        let name = "\(info.path.hashPart).nar"
        let path = "\(directory)/\(name)"
        let folder = try DirectoryDescriptor(opening: directory)
        return try pack(
            info, of: store, into: folder.createFile(FileName(name), mode: 0o644), at: path,
            isAbandoned: isAbandoned)
    }

    /// Writes the NAR of `info`'s path, compressed, to the empty file `file` in one pass.
    ///
    /// - Parameters:
    ///   - path: where the file is.
    ///   - grew: told the size of each piece that was written.
    /// - Throws: as above.
    func pack(
        _ info: PathInfo, of store: LocalStore, into file: consuming OpenFile, at path: String,
        grew: @escaping (Int) -> Void = { _ in }, isAbandoned: @escaping () -> Bool
    ) throws -> PackedNAR {
        do {
            let file = CountedFile(file, grew: grew)
            var sink = PackingSink(
                compressor: try CompressingSink(compression.format, level: level, into: file),
                isAbandoned: isAbandoned)
            try store.dump(info.path, into: &sink)
            let packed = try sink.finish()
            guard packed.narDigest == info.narHash, packed.narSize == info.narSize else {
                throw LocalStoreError.wrongContent(
                    info.path, stated: info.narHash.prefixedNix32,
                    computed: packed.narDigest.prefixedNix32)
            }
            return PackedNAR(
                path: path,
                name: "\(CacheDirectory.narFolder)/\(packed.digest.nix32).nar"
                    + compression.fileEnding,
                size: packed.size, digest: packed.digest)
        } catch {
            unsafe unlink(path.systemPath)
            throw error
        }
    }
}

/// Hashes a NAR and compresses it.
private struct PackingSink: ByteSink, ~Copyable {
    private var nar = DigestSink()
    private var compressor: CompressingSink<CountedFile>
    private let isAbandoned: () -> Bool

    init(compressor: consuming CompressingSink<CountedFile>, isAbandoned: @escaping () -> Bool) {
        self.compressor = compressor
        self.isAbandoned = isAbandoned
    }

    mutating func write(_ bytes: Span<UInt8>) throws {
        guard !isAbandoned() else { throw CancellationError() }
        nar.write(bytes)
        try compressor.write(bytes)
    }

    /// Ends the compressed stream, and tells digests and sizes.
    consuming func finish() throws -> (
        narDigest: Digest, narSize: UInt64, digest: Digest, size: UInt64
    ) {
        try compressor.finish()
        let (narDigest, narSize) = (nar.digest(), nar.byteCount)
        let file = compressor.intoSink()
        return (narDigest, narSize, file.digest.digest(), file.digest.byteCount)
    }
}

/// Hashes and counts what is written to a file.
private struct CountedFile: ByteSink, ~Copyable {
    var digest = DigestSink()
    private let file: OpenFile
    private let grew: (Int) -> Void

    init(_ file: consuming OpenFile, grew: @escaping (Int) -> Void) {
        self.file = file
        self.grew = grew
    }

    mutating func write(_ bytes: Span<UInt8>) throws {
        digest.write(bytes)
        try file.write(bytes)
        grew(bytes.count)
    }
}
