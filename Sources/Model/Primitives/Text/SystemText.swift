// The kernel's texts (names, arguments, variables) are bytes; Swift's are Unicode. A byte that is no UTF-8
// becomes a scalar of its own, U+10FE00 plus the byte, and goes back to the kernel as that byte. Where these
// scalars stand in a text of the kernel's already, their bytes are treated alike, so that different bytes
// are always different texts.

extension String {
    /// The text of bytes that the kernel gave. ``systemBytes`` gives them back.
    public init(systemBytes bytes: some Collection<UInt8>) {
        if !bytes.contains(0xf4), let text = String(validating: bytes, as: UTF8.self) {
            self = text
            return
        }
        let bytes = Array(bytes)
        var scalars = String.UnicodeScalarView()
        var index = 0
        while index < bytes.count {
            if case .scalar(let scalar, let count) = UTF8Step(bytes.span, at: index),
                scalar.systemByte == nil
            {
                scalars.append(scalar)
                index += count
            } else {
                scalars.append(Unicode.Scalar(systemByte: bytes[index]))
                index += 1
            }
        }
        self = String(scalars)
    }

    /// The bytes that the kernel knows this text by: UTF-8, and what was not UTF-8 as it was.
    public var systemBytes: [UInt8] {
        guard utf8.contains(0xf4) else { return Array(utf8) }
        var bytes: [UInt8] = []
        for scalar in unicodeScalars {
            if let byte = scalar.systemByte {
                bytes.append(byte)
            } else {
                bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            }
        }
        return bytes
    }

    /// ``systemBytes`` and a NUL: what every system call is given that takes a path.
    package var systemPath: [CChar] { systemBytes.map { CChar(bitPattern: $0) } + [0] }

    /// The text of a C string that the kernel gave.
    package init(systemString text: UnsafePointer<CChar>) {
        var bytes: [UInt8] = []
        while case let byte = unsafe text[bytes.count], byte != 0 {
            bytes.append(UInt8(bitPattern: byte))
        }
        self.init(systemBytes: bytes)
    }

    /// The text in one line: a line feed in it, such as in a file name, is written `\n`.
    package var oneLine: String {
        guard utf8.contains(0x0a) else { return self }
        return unicodeScalars.map { $0 == "\n" ? "\\n" : String($0) }.joined()
    }
}

extension Unicode.Scalar {
    /// The scalar that stands for a byte that is no UTF-8.
    fileprivate init(systemByte byte: UInt8) {
        self = Unicode.Scalar(0x10_fe00 + UInt32(byte)) ?? "\u{fffd}"
    }

    /// The byte that this scalar stands for in texts from the kernel; `nil` when it is a character.
    package var systemByte: UInt8? {
        (0x10_fe80...0x10_feff).contains(value) ? UInt8(value - 0x10_fe00) : nil
    }
}

/// What UTF-8 has at one place.
enum UTF8Step {
    /// A character and how many bytes it has.
    case scalar(Unicode.Scalar, Int)
    /// The bytes end within a character.
    case unfinished
    /// A byte that begins no character.
    case invalid

    /// Looks at `bytes` from `index`, which must be in it.
    init(_ bytes: Span<UInt8>, at index: Int) {
        let lead = bytes[index]
        let (count, first): (Int, ClosedRange<UInt8>) =
            switch lead {
            case 0..<0x80: (1, 0...0)
            case 0xc2...0xdf: (2, 0x80...0xbf)
            case 0xe0: (3, 0xa0...0xbf)
            case 0xed: (3, 0x80...0x9f)
            case 0xe1...0xef: (3, 0x80...0xbf)
            case 0xf0: (4, 0x90...0xbf)
            case 0xf1...0xf3: (4, 0x80...0xbf)
            case 0xf4: (4, 0x80...0x8f)
            default: (0, 0...0)
            }
        guard count > 0 else {
            self = .invalid
            return
        }
        var value = count == 1 ? UInt32(lead) : UInt32(lead) & (0x7f >> UInt32(count))
        for offset in 1..<max(1, count) {
            guard index + offset < bytes.count else {
                self = .unfinished
                return
            }
            let byte = bytes[index + offset]
            guard (offset == 1 ? first : 0x80...0xbf).contains(byte) else {
                self = .invalid
                return
            }
            value = value << 6 | UInt32(byte & 0x3f)
        }
        self = Unicode.Scalar(value).map { .scalar($0, count) } ?? .invalid
    }
}
