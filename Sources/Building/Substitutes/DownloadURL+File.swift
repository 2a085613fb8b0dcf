extension DownloadURL {
    /// The absolute path that a `file:` URL of this machine names; `nil` for any other URL, or one
    /// whose escapes are not valid.
    public var filePath: String? {
        guard scheme == "file" else { return nil }
        var rest = afterScheme
        if rest.hasPrefix("localhost/") { rest = rest.dropFirst("localhost".count) }
        guard rest.hasPrefix("/") else { return nil }
        var bytes: [UInt8] = []
        var source = rest.utf8[...]
        while let byte = source.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = source.popFirst(), let low = source.popFirst(),
                let value = UInt8(String(decoding: [high, low], as: UTF8.self), radix: 16),
                value != 0
            else { return nil }
            bytes.append(value)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
