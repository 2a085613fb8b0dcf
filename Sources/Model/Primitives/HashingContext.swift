import CGcrypt

/// A running hash: feed bytes, then finish. The one place that calls libgcrypt's digests.
@safe
public struct HashingContext: ~Copyable {
    private let handle: gcry_md_hd_t
    private let algorithm: HashAlgorithm

    /// A context for `algorithm`.
    ///
    /// Traps when libgcrypt cannot provide the algorithm (a FIPS-mode library without MD5) or is
    /// older than its header: no digest this tool prints would then be right.
    public init(_ algorithm: HashAlgorithm) {
        var opened: gcry_md_hd_t?
        let status =
            Self.libraryIsReady
            ? unsafe gcry_md_open(&opened, algorithm.gcryptIdentifier, 0)
            : gcry_error_t(GPG_ERR_NOT_INITIALIZED.rawValue)
        guard status == 0, let handle = unsafe opened else {
            preconditionFailure("libgcrypt does not provide \(algorithm.rawValue)")
        }
        unsafe self.handle = unsafe handle
        self.algorithm = algorithm
    }

    deinit { unsafe gcry_md_close(handle) }

    /// Adds `bytes`.
    public mutating func update(_ bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBufferPointer {
            unsafe gcry_md_write(handle, $0.baseAddress, $0.count)
        }
    }

    /// Adds `bytes`.
    public mutating func update(_ bytes: [UInt8]) { update(bytes.span) }

    /// The digest of everything added.
    public consuming func finish() -> Digest { current() }

    /// The digest of everything added so far; more may be added afterwards.
    public func snapshot() -> Digest {
        var copied: gcry_md_hd_t?
        guard unsafe gcry_md_copy(&copied, handle) == 0, let copy = unsafe copied else {
            preconditionFailure("libgcrypt could not copy a digest context: out of memory")
        }
        defer { unsafe gcry_md_close(copy) }
        return unsafe Self.read(copy, algorithm)
    }

    private borrowing func current() -> Digest { unsafe Self.read(handle, algorithm) }

    private static func read(_ handle: gcry_md_hd_t, _ algorithm: HashAlgorithm) -> Digest {
        // gcry_md_read finalises, and returns memory that the handle owns.
        let bytes = unsafe [UInt8](
            UnsafeBufferPointer(
                start: gcry_md_read(handle, algorithm.gcryptIdentifier),
                count: algorithm.byteCount))
        return Digest(unchecked: bytes, algorithm: algorithm)
    }

    static let libraryIsReady: Bool = nodeos_gcrypt_initialise() == 1
}

extension HashAlgorithm {
    fileprivate var gcryptIdentifier: Int32 {
        let identifier =
            switch self {
            case .md5: GCRY_MD_MD5
            case .sha1: GCRY_MD_SHA1
            case .sha256: GCRY_MD_SHA256
            case .sha512: GCRY_MD_SHA512
            }
        return Int32(identifier.rawValue)
    }
}

extension Digest {
    /// The digest of `bytes`.
    public static func hash(_ bytes: Span<UInt8>, _ algorithm: HashAlgorithm = .sha256) -> Digest {
        var context = HashingContext(algorithm)
        context.update(bytes)
        return context.finish()
    }

    /// The digest of `bytes`.
    public static func hash(_ bytes: [UInt8], _ algorithm: HashAlgorithm = .sha256) -> Digest {
        hash(bytes.span, algorithm)
    }

    /// The digest of the UTF-8 bytes of `text`.
    public static func hash(_ text: String, _ algorithm: HashAlgorithm = .sha256) -> Digest {
        hash(Array(text.utf8), algorithm)
    }
}
