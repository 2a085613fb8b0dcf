/// Why a text is not a manifest that can be compared, or not a policy. Nothing of such a text is
/// used.
public struct ManifestError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong.
    public enum Reason: Hashable, Sendable {
        /// Not JSON.
        case notJSON(String)
        /// JSON, but not of a manifest of this version.
        case notAManifest(String)
        /// A field cannot be used; `place` is its way, such as `entries[17].narHash`.
        case field(place: String, reason: String)
        /// A field of a policy cannot be used.
        case policy(place: String, reason: String)
        /// The contents have another digest than the file states.
        case changed(stated: String, computed: String)
        /// Larger than is read.
        case tooLarge(limit: UInt64)
        /// Keys are given, and it has no signature.
        case unsigned
        /// Keys are given, and none of them made one of its signatures.
        case untrusted(signers: [String])
    }

    /// The file, URL or store it came from.
    public var source: String
    /// What is wrong.
    public var reason: Reason

    init(_ source: String, _ reason: Reason) {
        self.source = source
        self.reason = reason
    }

    /// The sentence a user reads.
    public var description: String {
        "'\(source)': " + text
    }

    private var text: String {
        switch reason {
        case .notJSON(let reason): "not JSON, \(reason)"
        case .notAManifest(let reason):
            "not a manifest: \(reason)"
        case .field(let place, let reason):
            "\(place): \(reason); ask for the manifest anew where it comes from"
        case .policy(let place, let reason):
            "\(place): \(reason); docs/formats/policy.md tells what belongs there"
        case .changed(let stated, let computed):
            "it was changed after it was written: its contents have the digest \(computed), but it "
                + "states \(stated); ask for it anew where it comes from"
        case .tooLarge(let limit):
            "larger than \(limit) bytes, or with too many values; make manifests of fewer paths"
        case .unsigned:
            "it has no signature, but one of a trusted key is asked for"
        case .untrusted(let signers):
            "it is signed by \(signers.joined(separator: ", ")), and no trusted key made any of "
                + "these signatures; if the key is right, the file was changed"
        }
    }
}
