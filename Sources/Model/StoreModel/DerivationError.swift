import Primitives

/// Why bytes are not a derivation, or a derivation is not one to trust.
public enum DerivationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The text breaks the grammar at `offset` (bytes from 0; lines from 1).
    case syntax(offset: Int, line: Int, reason: String)
    /// A path in the derivation is not a store path.
    case badPath(field: String, StorePathError)
    /// The derivation breaks an invariant (`docs/formats/derivation.md`): trusting it could claim another's
    /// output.
    case invalid(name: String, reason: String)
    /// An output's path is not the one that follows from the derivation's text.
    case wrongOutputPath(name: String, output: String, stated: String, computed: String)
    /// The hash of an input derivation is needed and was not given.
    case missingInput(name: String, input: StorePath)
    /// JSON that is not a derivation.
    case badJSON(String)
    /// An output that is fixed by a hash that this program cannot make.
    case unsupportedBLAKE3(output: String)
    /// Two variables' names are the same but for how Unicode writes them.
    case ambiguousVariable(String)
    /// A text that must be UTF-8 in JSON is not.
    case notUnicode(field: String)

    /// The sentence a user reads.
    public var description: String {
        switch self {
        case .syntax(let offset, let line, let reason):
            "line \(line), offset \(offset): \(reason)"
        case .badPath(let field, let error):
            "\(field): \(error)"
        case .invalid(let name, let reason):
            "derivation '\(name)' is not valid: \(reason)"
        case .wrongOutputPath(let name, let output, let stated, let computed):
            "derivation '\(name)' claims output '\(output)' is '\(stated)', but its text gives "
                + "'\(computed)'"
        case .missingInput(let name, let input):
            "derivation '\(name)' has the input '\(input)', which is not there"
        case .badJSON(let reason):
            "not a derivation in JSON: \(reason)"
        case .unsupportedBLAKE3(let output):
            "the output '\(output)' is fixed by a BLAKE3 hash, which is not supported; known are "
                + "md5, sha1, sha256 and sha512"
        case .ambiguousVariable(let name):
            "two variables are called '\(name)', in different bytes that Unicode holds for equal, so "
                + "the derivation has no JSON form; use the .drv itself"
        case .notUnicode(let field):
            "\(field) is not UTF-8, so the derivation has no JSON form; use the .drv itself"
        }
    }
}
