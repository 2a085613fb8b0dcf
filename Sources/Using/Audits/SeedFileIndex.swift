import Archives
import Primitives
import StoreModel

/// The files of the seeds by the digest of their bytes.
struct SeedFileIndex: Sendable {
    /// Smaller files tell nothing: two people write the same few bytes.
    static let minimumSize: UInt64 = 64

    private var files: [Digest: (item: StorePath, file: ByteString)] = [:]
    private var sizes: Set<UInt64> = []

    /// Hashes all files of `items` that are large enough; `path` tells where an item lies.
    init(_ items: [StorePath], path: (StorePath) -> String) throws {
        for item in items {
            for file in try AuditedFile.files(of: item, at: path(item)) {
                guard case .contents(let size) = file.kind, size >= Self.minimumSize else {
                    continue
                }
                var source = FileSource(try file.open())
                var sink = DigestSink()
                var buffer = [UInt8](repeating: 0, count: 262_144)
                while case let count = try source.read(into: &buffer), count > 0 {
                    sink.write(buffer.span.extracting(0..<count))
                }
                sizes.insert(size)
                let digest = sink.digest()
                if files[digest] == nil { files[digest] = (item, file.path) }
            }
        }
    }

    /// Whether a file of this size may be a seed's.
    func mayContain(size: UInt64) -> Bool { sizes.contains(size) }

    /// The seed's file with these bytes.
    func file(_ digest: Digest) -> (item: StorePath, file: ByteString)? { files[digest] }
}
