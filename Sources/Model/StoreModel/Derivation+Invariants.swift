import Primitives

extension Derivation {
    /// Checks everything that makes a derivation safe to trust (`docs/formats/derivation.md`): kinds of
    /// outputs are not mixed, a fixed output is alone and named `out`, names are valid, each output's path
    /// is the one that follows from the text, and the environment says the same path.
    ///
    /// - Parameter inputHashes: the quotient hash of every input derivation.
    /// - Throws: the first violation, as ``DerivationError``.
    public func checkInvariants(
        inputHashes: [StorePath: QuotientHash], in store: StoreDirectory
    ) throws(DerivationError) {
        try checkShape()
        let computed = try computedOutputPaths(inputHashes: inputHashes, in: store)
        for (output, kind) in outputs.sorted(by: { $0.key < $1.key }) {
            guard let path = computed[output] else { continue }
            let stated = kind.path.map { store.path(of: $0) } ?? ""
            guard kind.path == path else {
                throw .wrongOutputPath(
                    name: name, output: output, stated: stated, computed: store.path(of: path))
            }
            let variable = environment[ByteString(output)]
            guard variable == ByteString(stated) else {
                let value = variable.map { "is '\($0)'" } ?? "is missing"
                throw .invalid(
                    name: name,
                    reason: "the variable '\(output)' \(value), but the output's path is "
                        + "'\(stated)'")
            }
        }
    }

    /// The part of ``checkInvariants(inputHashes:in:)`` that needs no other derivation.
    public func checkShape() throws(DerivationError) {
        guard !outputs.isEmpty else { throw .invalid(name: name, reason: "it has no outputs") }
        for output in outputs.keys {
            do {
                try StorePath.check(name: output)
                try StorePath.check(name: outputPathName(output))
            } catch {
                throw .badPath(field: "output '\(output)'", error)
            }
        }
        let kinds = Set(outputs.values.map(\.kindName))
        guard kinds.count == 1 else {
            throw .invalid(
                name: name,
                reason:
                    "its outputs are of several kinds: \(kinds.sorted().joined(separator: ", "))"
            )
        }
        if kinds.contains("fixed"), Set(outputs.keys) != ["out"] {
            throw .invalid(
                name: name, reason: "a fixed-output derivation has one output, named 'out'")
        }
        for input in inputDerivations where !input.key.isDerivation {
            throw .invalid(name: name, reason: "the input '\(input.key)' is not a derivation")
        }
        // These are printed without escapes: the text must be read as what it was.
        for name in inputDerivations.values.joined() {
            do { try StorePath.check(name: name) } catch {
                throw .badPath(field: "output '\(name)' of an input", error)
            }
        }
        guard system.bytes.firstRange(of: Array("\",\"".utf8)) == nil else {
            throw .invalid(name: self.name, reason: "its system '\(system)' holds '\",\"'")
        }
        for input in inputDerivations where input.value.isEmpty {
            throw .invalid(name: name, reason: "no output of the input '\(input.key)' is named")
        }
    }

    /// The store directory that the text of a `.drv` was written for, judged by the first quoted
    /// text in it that ends in a store path's base name; `nil` when there is none. Lets files be
    /// checked without being told their store.
    public static func storeDirectory(ofText bytes: Span<UInt8>) -> StoreDirectory? {
        var index = 0
        while index + 1 < bytes.count {
            guard bytes[index] == UInt8(ascii: "\""), bytes[index + 1] == UInt8(ascii: "/") else {
                index += 1
                continue
            }
            var slash = index + 1
            var end = index + 1
            while end < bytes.count, bytes[end] != UInt8(ascii: "\"") {
                if bytes[end] == UInt8(ascii: "/") { slash = end }
                end += 1
            }
            let name = String(decoding: bytes.copied(min(slash + 1, end)..<end), as: UTF8.self)
            let directory = String(decoding: bytes.copied(index + 1..<slash), as: UTF8.self)
            if (try? StorePath(baseName: name)) != nil,
                let store = try? StoreDirectory(directory)
            {
                return store
            }
            index = end
        }
        return nil
    }
}

extension DerivationOutput {
    fileprivate var kindName: String {
        switch self {
        case .inputAddressed: "input-addressed"
        case .fixed: "fixed"
        case .floating: "floating"
        case .deferred: "deferred"
        case .impure: "impure"
        }
    }
}
