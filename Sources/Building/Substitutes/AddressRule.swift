import Glibc

/// Which addresses only the user may name: those that mean this machine, its own link, or nobody. A URL
/// that a stranger wrote, or a redirect, must not reach what listens there. Private networks are not
/// among them: the mirrors of companies are there.
enum AddressRule {
    /// IPv4 ranges: the first bytes, and how many bits of them count.
    private static let ranges4: [([UInt8], Int)] = [
        ([0], 8),  // this machine, on Linux
        ([127], 8),  // loopback
        ([169, 254], 16),  // the link, and metadata services of clouds
        ([100, 100, 100, 200], 32),  // another such service
        ([224], 3),  // multicast, reserved, broadcast
    ]
    private static let ranges6: [([UInt8], Int)] = [
        ([0xfe, 0x80], 10),  // the link
        ([0xff], 8),  // multicast
        // Metadata services: fd00:ec2::254 and fd20:ce::254.
        ([0xfd, 0x00, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0x54], 128),
        ([0xfd, 0x20, 0x00, 0xce, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0x54], 128),
    ]

    /// Whether the address of 4 or 16 bytes is one that only the user may name.
    static func isOwn(_ address: [UInt8]) -> Bool {
        if address.count == 4 { return ranges4.contains { matches(address, $0) } }
        guard address.count == 16 else { return true }
        if ranges6.contains(where: { matches(address, $0) }) { return true }
        return embedded(in: address).contains { isOwn($0) }
    }

    /// The IPv4 addresses that an IPv6 address stands for.
    private static func embedded(in address: [UInt8]) -> [[UInt8]] {
        let last = Array(address[12...])
        // ::, ::1, ::127.0.0.1 and ::ffff:127.0.0.1.
        let isMapped =
            address[..<10].allSatisfy { $0 == 0 }
            && [[0, 0], [0xff, 0xff]].contains(Array(address[10..<12]))
        if isMapped { return last == [0, 0, 0, 1] ? [[127, 0, 0, 1]] : [last] }
        // Translated (64:ff9b::/96) and tunnelled (2002::/16).
        if address[..<12] == [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0] { return [last] }
        return address[..<2] == [0x20, 0x02] ? [Array(address[2..<6])] : []
    }

    private static func matches(_ address: [UInt8], _ range: ([UInt8], Int)) -> Bool {
        for bit in 0..<range.1 {
            let mask: UInt8 = 0x80 >> UInt8(bit % 8)
            let expected = bit / 8 < range.0.count ? range.0[bit / 8] : 0
            if (address[bit / 8] ^ expected) & mask != 0 { return false }
        }
        return true
    }

    /// The address in a socket address; `nil` for other families than IPv4 and IPv6.
    static func address(in socketAddress: UnsafeRawBufferPointer) -> [UInt8]? {
        guard socketAddress.count >= 2 else { return nil }
        let family = Int32(unsafe socketAddress.loadUnaligned(as: sa_family_t.self))
        // The bytes lie behind family and port, in IPv6 also behind the flow.
        let (start, count) = family == AF_INET ? (4, 4) : (8, 16)
        guard family == AF_INET || family == AF_INET6, socketAddress.count >= start + count else {
            return nil
        }
        return unsafe Array(socketAddress[start..<(start + count)])
    }

    /// Whether `host`, as a URL spells it, is such an address by its text alone, in any spelling that the
    /// resolver takes: what a proxy is asked for is not looked up here.
    static func isOwn(host: String) -> Bool {
        var name = host.lowercased()
        if name.hasPrefix("["), name.hasSuffix("]") {
            name = String(name.dropFirst().dropLast().prefix { $0 != "%" })
        }
        // What is still escaped could be anything.
        if name.contains("%") { return true }
        while name.last == "." { name.removeLast() }
        if name == "localhost" || name.hasSuffix(".localhost") || name == "ip6-localhost" {
            return true
        }
        var hints = unsafe addrinfo()
        unsafe hints.ai_flags = AI_NUMERICHOST
        var found: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo(name, nil, &hints, &found) == 0, let first = unsafe found else {
            return false
        }
        defer { unsafe freeaddrinfo(first) }
        guard let place = unsafe first.pointee.ai_addr else { return false }
        let bytes = unsafe UnsafeRawBufferPointer(
            start: place, count: Int(first.pointee.ai_addrlen))
        guard let address = unsafe address(in: bytes) else { return true }
        return isOwn(address)
    }

    /// The text of an address of 4 or 16 bytes.
    static func text(_ address: [UInt8]) -> String {
        var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let family = address.count == 4 ? AF_INET : AF_INET6
        guard unsafe inet_ntop(family, address, &buffer, socklen_t(buffer.count)) != nil else {
            return "an address"
        }
        return String(
            decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
