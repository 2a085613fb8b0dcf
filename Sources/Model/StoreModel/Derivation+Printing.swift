import Primitives

extension Derivation {
    /// The text of the `.drv` file, byte for byte as Nix and Guix write it (`docs/formats/derivation.md`).
    public func aterm(in store: StoreDirectory) -> [UInt8] {
        let inputs = inputDerivations.sorted { $0.key < $1.key }.map {
            (key: Array(store.path(of: $0.key).utf8), outputs: $0.value)
        }
        return aterm(in: store, inputs: inputs, maskOutputs: false)
    }

    /// The text with inputs named by `inputs`, in that order, and, when masked, without the
    /// outputs' own paths.
    func aterm(
        in store: StoreDirectory, inputs: [(key: [UInt8], outputs: Set<String>)], maskOutputs: Bool
    ) -> [UInt8] {
        var printer = ATermPrinter()
        printer.raw("Derive([")
        printer.separated(outputs.sorted { $0.key < $1.key }) { printer, entry in
            let fields = entry.value.fields(in: store)
            printer.raw("(")
            printer.plain(entry.key.utf8)
            printer.raw(",")
            printer.plain((maskOutputs ? "" : fields.path).utf8)
            printer.raw(",")
            printer.plain(fields.algorithm.utf8)
            printer.raw(",")
            printer.plain(fields.hash.utf8)
            printer.raw(")")
        }
        printer.raw("],[")
        printer.separated(inputs) { printer, entry in
            printer.raw("(")
            printer.plain(entry.key)
            printer.raw(",[")
            let names = entry.outputs.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            printer.separated(names) { $0.plain($1.utf8) }
            printer.raw("])")
        }
        printer.raw("],[")
        printer.separated(inputSources.sorted()) { $0.plain(store.path(of: $1).utf8) }
        printer.raw("],")
        printer.plain(system.bytes)
        printer.raw(",")
        printer.string(builder.bytes)
        printer.raw(",[")
        printer.separated(arguments) { $0.string($1.bytes) }
        printer.raw("],[")
        // By bytes: names that Unicode holds for equal are two variables.
        let masked = maskOutputs ? Set(outputs.keys.map { ByteString($0) }) : []
        printer.separated(environment.sorted { $0.key < $1.key }) { printer, entry in
            let isMasked = masked.contains(entry.key)
            printer.raw("(")
            printer.string(entry.key.bytes)
            printer.raw(",")
            printer.string(isMasked ? [] : entry.value.bytes)
            printer.raw(")")
        }
        printer.raw("])")
        return printer.bytes
    }
}

extension DerivationOutput {
    /// The three fields after the name in a `.drv`.
    func fields(in store: StoreDirectory) -> (path: String, algorithm: String, hash: String) {
        switch self {
        case .inputAddressed(let path): (store.path(of: path), "", "")
        case .fixed(let path, let method, let digest):
            (store.path(of: path), method.rawValue + digest.algorithm.rawValue, digest.base16)
        case .floating(let method, let algorithm): ("", method.rawValue + algorithm.rawValue, "")
        case .deferred: ("", "", "")
        case .impure(let method, let algorithm):
            ("", method.rawValue + algorithm.rawValue, "impure")
        }
    }
}

/// Appends ATerm text to a byte array.
private struct ATermPrinter {
    var bytes: [UInt8] = []

    init() { bytes.reserveCapacity(4096) }

    mutating func raw(_ text: StaticString) {
        unsafe bytes.append(
            contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// What Nix prints without escapes: names, paths, hashes, and the system, whatever is in it.
    mutating func plain(_ text: some Collection<UInt8>) {
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: text)
        bytes.append(UInt8(ascii: "\""))
    }

    mutating func string(_ text: [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        if text.contains(where: Self.needsEscape) {
            for byte in text {
                switch byte {
                case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                    bytes.append(UInt8(ascii: "\\"))
                    bytes.append(byte)
                case UInt8(ascii: "\n"): bytes.append(contentsOf: "\\n".utf8)
                case UInt8(ascii: "\r"): bytes.append(contentsOf: "\\r".utf8)
                case UInt8(ascii: "\t"): bytes.append(contentsOf: "\\t".utf8)
                default: bytes.append(byte)
                }
            }
        } else {
            bytes.append(contentsOf: text)
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func needsEscape(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "\n"), UInt8(ascii: "\r"),
            UInt8(ascii: "\t"):
            true
        default: false
        }
    }

    mutating func separated<Elements: Sequence>(
        _ elements: Elements, _ print: (inout ATermPrinter, Elements.Element) -> Void
    ) {
        var isFirst = true
        for element in elements {
            if !isFirst { bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            print(&self, element)
        }
    }
}
