/// What libcurl calls while one request runs. Each answer says whether to go on.
class CurlReceiver {
    /// Takes a header line.
    func receiveHeader(_ line: String) -> Bool { true }
    /// Takes bytes of the body.
    func receiveBody(_ bytes: Span<UInt8>) -> Bool { true }
    /// Called about once a second.
    func tick() -> Bool { true }
    /// Whether a connection to this address may be made; `nil` is one of another family.
    func mayConnect(to address: [UInt8]?) -> Bool { true }
    /// Whether a request may go to the address that `host` spells.
    func mayAsk(host: String) -> Bool { true }
}
