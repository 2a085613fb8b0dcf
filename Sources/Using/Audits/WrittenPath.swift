/// Paths of the machine that a compiler bakes into what it makes: where a seed's own files would be
/// on the system that it was built for. Nothing made here has a reason to look there.
enum WrittenPath {
    /// What is searched for.
    static let prefixes = [
        "/usr/lib/", "/usr/lib32/", "/usr/lib64/", "/usr/libexec/", "/usr/include/",
        "/usr/local/lib/", "/lib64/", "/lib/ld", "/lib/x86_64-linux-gnu", "/lib/i386-linux-gnu",
        "/lib/aarch64-linux-gnu", "/lib/arm-linux-gnueabi", "/etc/ld.so",
    ]

    /// The longest text that is shown, in bytes.
    static let longest = 120

    /// The path around one of ``prefixes``.
    ///
    /// - Parameters:
    ///   - bytes: what stands around it.
    ///   - start: where the prefix begins.
    /// - Returns: the path from the prefix on; `nil` when it is the end of a path below the store:
    ///   what is there is found by its hash; or of a path that a longer prefix begins.
    static func text(in bytes: [UInt8], at start: Int, store: [UInt8]) -> String? {
        var first = start
        while first > 0, isPathByte(bytes[first - 1]) { first -= 1 }
        let lead = bytes[first..<start]
        if lead.count > store.count, contains(lead, store) { return nil }
        if lead.suffix(4).elementsEqual("/usr".utf8) { return nil }
        var end = start
        while end < bytes.count, end - start < longest, isPathByte(bytes[end]) { end += 1 }
        return String(decoding: bytes[start..<end], as: UTF8.self)
    }

    private static func contains(_ bytes: ArraySlice<UInt8>, _ part: [UInt8]) -> Bool {
        bytes.indices.contains { bytes[$0...].starts(with: part) }
    }

    private static func isPathByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2e, 0x2f, 0x2d, 0x5f, 0x2b: true
        default: false
        }
    }
}
