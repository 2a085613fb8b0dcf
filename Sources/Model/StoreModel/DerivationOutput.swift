public import Primitives

/// What a derivation says of one of its outputs; the four fields in a `.drv` tell which
/// (`docs/formats/derivation.md`).
public enum DerivationOutput: Hashable, Sendable {
    /// Named by the hash of the derivation.
    case inputAddressed(StorePath)
    /// Named by the hash its content must have; built with the network.
    case fixed(StorePath, method: ContentAddressMethod, digest: Digest)
    /// Named by the hash its content will have.
    case floating(method: ContentAddressMethod, algorithm: HashAlgorithm)
    /// Input-addressed, but an input is not known yet.
    case deferred
    /// As ``floating(method:algorithm:)``, built anew each time.
    case impure(method: ContentAddressMethod, algorithm: HashAlgorithm)

    /// The path, when it is known before the build.
    public var path: StorePath? {
        switch self {
        case .inputAddressed(let path), .fixed(let path, _, _): path
        case .floating, .deferred, .impure: nil
        }
    }
}
