import Archives
import Primitives
import StoreModel

/// Makes the digest that a fixed output states: of a file's contents, or of the NAR.
struct FixedOutputDigest: TreeVisitor, ~Copyable {
    private let method: ContentAddressMethod
    private var contents: HashingContext?
    private var nar: NARWriter<DigestSink>?
    private let path: String

    /// - Parameter path: for messages.
    /// - Throws: ``LocalStoreError/unsupportedMethod(_:)``.
    init(_ method: ContentAddressMethod, _ algorithm: HashAlgorithm, path: String)
        throws(LocalStoreError)
    {
        self.method = method
        self.path = path
        switch method {
        case .flat, .text: contents = HashingContext(algorithm)
        case .recursive: nar = NARWriter(DigestSink(algorithm))
        case .git: throw .unsupportedMethod(method)
        }
    }

    /// The digest of the whole tree, once it was visited.
    consuming func finish() throws -> Digest {
        if let contents = contents.take() { return contents.finish() }
        guard var writer = nar.take() else { throw LocalStoreError.unsupportedMethod(method) }
        try writer.finish()
        return writer.intoSink().digest()
    }

    mutating func beginRegular(executable: Bool, size: UInt64) throws {
        if contents != nil, executable { throw notFlat("it is executable") }
        try nar?.beginRegular(executable: executable, size: size)
    }

    mutating func contents(_ bytes: Span<UInt8>) throws {
        contents?.update(bytes)
        try nar?.contents(bytes)
    }

    mutating func endRegular() throws { try nar?.endRegular() }

    mutating func symlink(target: ByteString) throws {
        if contents != nil { throw notFlat("it is a symbolic link") }
        try nar?.symlink(target: target)
    }

    mutating func beginDirectory() throws {
        if contents != nil { throw notFlat("it is a directory") }
        try nar?.beginDirectory()
    }

    mutating func entry(_ name: FileName) throws { try nar?.entry(name) }

    mutating func endDirectory() throws { try nar?.endDirectory() }

    private func notFlat(_ reason: String) -> LocalStoreError {
        .notFlat(path: path, reason: reason)
    }
}
