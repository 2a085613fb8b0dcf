import Primitives
import StoreModel

/// A derivation read for checking, with what its text and file name say of it.
struct CheckedDerivation: Sendable {
    /// What is not right, or could not be judged.
    struct Finding {
        let verdict: DerivationFinding.Verdict
        let message: String
        let offset: Int?
        let isAlwaysNamed: Bool

        init(
            _ verdict: DerivationFinding.Verdict, _ message: String, offset: Int? = nil,
            isAlwaysNamed: Bool = false
        ) {
            self.verdict = verdict
            self.message = message
            self.offset = offset
            self.isAlwaysNamed = isAlwaysNamed
        }
    }

    /// The derivation as parsed.
    let derivation: Derivation
    /// The store directory its paths are in; `nil` when nothing tells.
    let storeDirectory: StoreDirectory?
    /// The store path that the file's name spells; `nil` when it spells none.
    let statedPath: StorePath?
    /// About how much memory it takes: the length of the text.
    let byteCount: Int

    /// Parses `text`, the content of a file named `baseName`.
    ///
    /// - Throws: ``DerivationError``.
    init(text: [UInt8], baseName: String, storeDirectory stated: StoreDirectory?)
        throws(DerivationError)
    {
        statedPath = try? StorePath(baseName: baseName)
        storeDirectory = stated ?? Derivation.storeDirectory(ofText: text.span)
        byteCount = text.count
        var parsed = try Derivation(
            parsing: text, name: statedPath?.derivationName ?? "",
            in: storeDirectory ?? .nodeos)
        if statedPath == nil { parsed.name = Self.name(of: parsed) ?? baseName.withoutExtension }
        derivation = parsed
    }

    /// What the text alone tells: whether it prints back, and whether the file is named after it.
    func textFindings(_ text: [UInt8]) -> [Finding] {
        var findings: [Finding] = []
        let printed = derivation.aterm(in: storeDirectory ?? .nodeos)
        if printed != text {
            let offset = zip(printed, text).enumerated().first { $0.element.0 != $0.element.1 }
                .map(\.offset)
            let place = offset ?? min(printed.count, text.count)
            findings.append(
                Finding(
                    .different,
                    "offset \(place): prints back differently: the file has "
                        + "\(Self.excerpt(text, place)), printed is \(Self.excerpt(printed, place))",
                    offset: place))
        }
        guard let statedPath else {
            findings.append(
                Finding(
                    .inconclusive, "not named <hash>-<name>.drv, so its own path has no judge",
                    isAlwaysNamed: true))
            return findings
        }
        guard let storeDirectory else {
            findings.append(
                Finding(
                    .inconclusive, "names no store directory; say it with --store-dir",
                    isAlwaysNamed: true))
            return findings
        }
        do {
            let path = try Derivation.path(
                ofText: text, name: derivation.name, references: derivation.references,
                in: storeDirectory)
            if path != statedPath {
                findings.append(
                    Finding(
                        .different,
                        "its own path is \(storeDirectory.path(of: path)) by its text"))
            }
        } catch { findings.append(Finding(.different, "\(error)")) }
        return findings
    }

    /// What the text and the hashes of the inputs tell of the outputs.
    ///
    /// - Parameter inputHashes: of the inputs that could be computed.
    func outputFindings(inputHashes: [StorePath: QuotientHash]) -> [Finding] {
        var findings: [Finding] = []
        do { try derivation.checkShape() } catch {
            findings.append(Finding(.different, "\(error)"))
        }
        guard let storeDirectory else { return findings }
        let computed: [String: StorePath]
        do {
            computed = try derivation.computedOutputPaths(
                inputHashes: inputHashes, in: storeDirectory)
        } catch DerivationError.missingInput {
            let missing = derivation.inputDerivations.keys.filter { inputHashes[$0] == nil }
                .sorted()
            let more = missing.count > 1 ? " and \(missing.count - 1) more" : ""
            findings.append(
                Finding(
                    .inconclusive,
                    "the input \(missing.first?.baseName ?? "?")\(more) could not be computed, so "
                        + "neither could the outputs' paths"))
            return findings
        } catch {
            findings.append(Finding(.different, "\(error)"))
            return findings
        }
        for (output, kind) in derivation.outputs.sorted(by: { $0.key < $1.key }) {
            let stated = kind.path.map { storeDirectory.path(of: $0) } ?? ""
            if let path = computed[output], path != kind.path {
                findings.append(
                    Finding(
                        .different,
                        "output '\(output)' is '\(stated)', but the text gives "
                            + "'\(storeDirectory.path(of: path))'"))
            } else if computed[output] == nil, kind.path != nil {
                findings.append(
                    Finding(
                        .inconclusive,
                        "the path of output '\(output)' depends on an input that only a build "
                            + "tells"))
            }
            let variable = derivation.environment[ByteString(output)]
            if !stated.isEmpty, variable != ByteString(stated) {
                findings.append(
                    Finding(
                        .different,
                        "output '\(output)' is '\(stated)', but the variable "
                            + (variable.map { "is '\($0)'" } ?? "is missing")))
            }
        }
        return findings
    }

    /// The quotient hash; `nil` when an input's is missing.
    func quotientHash(inputHashes: [StorePath: QuotientHash]) -> QuotientHash? {
        guard let storeDirectory else { return nil }
        return try? derivation.quotientHash(inputHashes: inputHashes, in: storeDirectory)
    }

    /// The name that the outputs' paths carry, for a file that is not named after it.
    private static func name(of derivation: Derivation) -> String? {
        for (output, kind) in derivation.outputs.sorted(by: { $0.key < $1.key }) {
            guard let name = kind.path?.name else { continue }
            if output == "out" { return name }
            if name.hasSuffix("-" + output) { return String(name.dropLast(output.count + 1)) }
        }
        return nil
    }

    private static func excerpt(_ text: [UInt8], _ offset: Int) -> String {
        guard offset < text.count else { return "nothing" }
        let bytes = text[offset..<min(offset + 24, text.count)]
        return "'\(String(decoding: bytes, as: UTF8.self).debugDescription.dropFirst().dropLast())'"
    }
}

extension String {
    fileprivate var withoutExtension: String { hasSuffix(".drv") ? String(dropLast(4)) : self }
}
