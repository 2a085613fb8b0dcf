import ArgumentParser
import Primitives

/// How a hash is written.
enum HashEncoding: String, EnumerableFlag {
    case base16
    case nix32
    case base64
    case sri

    /// `digest`, written so.
    func text(_ digest: Digest) -> String {
        switch self {
        case .base16: digest.base16
        case .nix32: digest.nix32
        case .base64: digest.base64
        case .sri: digest.sri
        }
    }

    static func name(for value: HashEncoding) -> NameSpecification {
        value == .nix32 ? [.long, .customLong("base32")] : .long
    }

    static func help(for value: HashEncoding) -> ArgumentHelp? {
        switch value {
        case .base16: "Lower-case hexadecimal (the default)."
        case .nix32: "Nix's base 32."
        case .base64: "Base 64."
        case .sri: "The algorithm, a dash and base 64."
        }
    }
}

/// A wish to write hashes another way.
enum HashConversion: String, EnumerableFlag {
    case toBase16
    case toNix32
    case toBase64
    case toSri

    /// The encoding wished for.
    var encoding: HashEncoding {
        switch self {
        case .toBase16: .base16
        case .toNix32: .nix32
        case .toBase64: .base64
        case .toSri: .sri
        }
    }

    static func name(for value: HashConversion) -> NameSpecification {
        value == .toNix32 ? [.long, .customLong("to-base32")] : .long
    }

    static func help(for value: HashConversion) -> ArgumentHelp? {
        "Convert hashes to \(value.encoding.rawValue)."
    }
}
