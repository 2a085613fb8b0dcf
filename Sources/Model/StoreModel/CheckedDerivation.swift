import Primitives

/// Something about a `.drv` file that is not as it should be, or could not be judged.
package struct DerivationFinding: Sendable {
    /// How a check ends; the greater counts.
    package enum Verdict: String, Sendable {
        /// Nothing contradicts the file, but not everything could be computed.
        case inconclusive
        /// The file is not what it says.
        case different
    }

    /// Why a file could not be judged whole.
    package enum Doubt: Sendable {
        /// The file's name is no derivation's, so nothing says what its own path is.
        case unnamed
        /// Nothing says which store directory its paths are in.
        case noStoreDirectory
        /// An input is not there, or could not be judged itself.
        case missingInput
        /// The path of an output follows from what a build makes.
        case unknownOutput
    }

    /// What it says of the file.
    package let verdict: Verdict
    /// The sentence a user reads.
    package let message: String
    /// Where in the file, in bytes from 0.
    package let offset: Int?
    /// What is in the way of a judgement; `nil` for what is different.
    package let doubt: Doubt?

    /// The file is not what it says.
    package static func different(_ message: String, offset: Int? = nil) -> DerivationFinding {
        DerivationFinding(verdict: .different, message: message, offset: offset, doubt: nil)
    }

    fileprivate static func inconclusive(_ doubt: Doubt, _ message: String) -> DerivationFinding {
        DerivationFinding(verdict: .inconclusive, message: message, offset: nil, doubt: doubt)
    }
}

/// A derivation read for checking, with what its text and file name say of it.
package struct CheckedDerivation: Sendable {
    /// The derivation as parsed.
    package let derivation: Derivation
    /// The store directory its paths are in; `nil` when nothing tells.
    package let storeDirectory: StoreDirectory?
    /// The store path that the file's name spells; `nil` when it spells none.
    package let statedPath: StorePath?
    /// About how much memory it takes: the length of the text.
    package let byteCount: Int

    /// Parses `text`, the content of a file named `baseName`.
    ///
    /// - Throws: ``DerivationError``.
    package init(text: [UInt8], baseName: String, storeDirectory stated: StoreDirectory?)
        throws(DerivationError)
    {
        // Any other name is a finding of its own.
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
    package func textFindings(_ text: [UInt8]) -> [DerivationFinding] {
        var findings: [DerivationFinding] = []
        let printed = derivation.aterm(in: storeDirectory ?? .nodeos)
        if printed != text {
            let offset = zip(printed, text).enumerated().first { $0.element.0 != $0.element.1 }
                .map(\.offset)
            let place = offset ?? min(printed.count, text.count)
            findings.append(
                .different(
                    "offset \(place): prints back differently: the file has "
                        + "\(Self.excerpt(text, place)), printed is \(Self.excerpt(printed, place))",
                    offset: place))
        }
        guard let statedPath else {
            findings.append(
                .inconclusive(
                    .unnamed, "not named <hash>-<name>.drv, so its own path has no judge"))
            return findings
        }
        guard let storeDirectory else {
            findings.append(
                .inconclusive(.noStoreDirectory, "names no store directory"))
            return findings
        }
        do {
            let path = try Derivation.path(
                ofText: text, name: derivation.name, references: derivation.references,
                in: storeDirectory)
            if path != statedPath {
                findings.append(
                    .different("its own path is \(storeDirectory.path(of: path)) by its text"))
            }
        } catch { findings.append(.different("\(error)")) }
        return findings
    }

    /// What the text and the hashes of the inputs tell of the outputs.
    ///
    /// - Parameter inputHashes: of the inputs that could be computed.
    package func outputFindings(inputHashes: [StorePath: QuotientHash]) -> [DerivationFinding] {
        var findings: [DerivationFinding] = []
        do { try derivation.checkShape() } catch {
            findings.append(.different("\(error)"))
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
                .inconclusive(
                    .missingInput,
                    "the input \(missing.first?.baseName ?? "?")\(more) could not be computed, so "
                        + "neither could the outputs' paths"))
            return findings
        } catch {
            findings.append(.different("\(error)"))
            return findings
        }
        for (output, kind) in derivation.outputs.sorted(by: { $0.key < $1.key }) {
            let stated = kind.path.map { storeDirectory.path(of: $0) } ?? ""
            if let path = computed[output], path != kind.path {
                findings.append(
                    .different(
                        "output '\(output)' is '\(stated)', but the text gives "
                            + "'\(storeDirectory.path(of: path))'"))
            } else if computed[output] == nil, kind.path != nil {
                findings.append(
                    .inconclusive(
                        .unknownOutput,
                        "the path of output '\(output)' depends on an input that only a build "
                            + "tells"))
            }
            let variable = derivation.environment[ByteString(output)]
            if !stated.isEmpty, variable != ByteString(stated) {
                findings.append(
                    .different(
                        "output '\(output)' is '\(stated)', but the variable "
                            + (variable.map { "is '\($0)'" } ?? "is missing")))
            }
        }
        return findings
    }

    /// The quotient hash; `nil` when an input's is missing.
    package func quotientHash(inputHashes: [StorePath: QuotientHash]) -> QuotientHash? {
        guard let storeDirectory else { return nil }
        // What is wrong with it was found by `outputFindings`.
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
