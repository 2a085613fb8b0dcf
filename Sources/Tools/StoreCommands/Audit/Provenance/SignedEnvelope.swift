import Primitives

/// A DSSE envelope (Dead Simple Signing Envelope 1.0): a statement with an Ed25519 signature.
struct SignedEnvelope {
    let payloadType: String
    /// The statement's bytes, UTF-8.
    let payload: String
    let key: SecretKey

    /// The envelope.
    ///
    /// - Throws: `KeyError` when the key cannot sign.
    func json() throws -> JSONValue {
        let type = payloadType
        // The pre-authentication encoding of the specification: lengths in bytes, one space between.
        let message = "DSSEv1 \(type.utf8.count) \(type) \(payload.utf8.count) \(payload)"
        let signature = try key.sign(message)
        let encoded = signature.split(separator: ":").last.map { String($0) } ?? ""
        return .object([
            "payloadType": .string(type), "payload": .string(Base64.encode(Array(payload.utf8))),
            "signatures": .array([
                .object(["keyid": .string(key.publicKey.name), "sig": .string(encoded)])
            ]),
        ])
    }
}
