/// Why a text is not a key. None of the cases holds a secret.
public enum KeyError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The text is not `name:base64`.
    case malformed
    /// A name is empty, or holds a colon, white space or a control character.
    case badName(String)
    /// The base 64 of the key `name` is not canonical, or not of so many bytes.
    case badBytes(name: String, expected: Int)
    /// The two halves of a secret key do not belong together.
    case halvesDiffer(name: String)
    /// libgcrypt cannot do what it is asked, as when its FIPS mode forbids the curve.
    case library

    /// The sentence a user reads.
    public var description: String {
        switch self {
        case .malformed: "a key is one line 'NAME:BASE64'"
        case .badName(let name):
            "'\(name)' cannot be a key's name: it must not be empty and hold no ':', space or "
                + "control character"
        case .badBytes(let name, let expected):
            "the key '\(name)' is not the base 64 of \(expected) bytes"
        case .halvesDiffer(let name):
            "the key '\(name)' is damaged: its public half does not follow from its secret half"
        case .library: "libgcrypt of this machine does not provide Ed25519"
        }
    }
}
