import Primitives

extension Derivation {
    /// The `.drv` file's own store path, and its text.
    ///
    /// - Throws: ``DerivationError/badPath(field:_:)`` for a name that store paths may not have.
    public func file(in store: StoreDirectory) throws(DerivationError)
        -> (path: StorePath, text: [UInt8])
    {
        let text = aterm(in: store)
        return (try Self.path(ofText: text, name: name, references: references, in: store), text)
    }

    /// The store path of a `.drv` with this text.
    public static func path(
        ofText text: [UInt8], name: String, references: Set<StorePath>, in store: StoreDirectory
    ) throws(DerivationError) -> StorePath {
        do {
            return try store.textPath(
                name: name + ".drv", contents: Digest.hash(text), references: references)
        } catch { throw .badPath(field: "name", error) }
    }

    /// What this derivation counts as in the hashes of those that use it.
    ///
    /// - Parameter inputHashes: the quotient hash of every input derivation.
    /// - Throws: ``DerivationError/missingInput(name:input:)``.
    public func quotientHash(
        inputHashes: [StorePath: QuotientHash], in store: StoreDirectory
    ) throws(DerivationError) -> QuotientHash {
        if let fixed = fixedOutput {
            let text =
                "fixed:out:\(fixed.method.rawValue)\(fixed.digest.algorithm.rawValue):"
                + "\(fixed.digest.base16):\(store.path(of: fixed.path))"
            return .digest(Digest.hash(text))
        }
        let isKnown = outputs.values.allSatisfy {
            if case .inputAddressed = $0 { true } else { false }
        }
        guard isKnown, let inputs = try keyedInputs(inputHashes) else { return .deferred }
        return .digest(Digest.hash(aterm(in: store, inputs: inputs, maskOutputs: false)))
    }

    /// The paths that follow from this derivation's text, by output; those that only a build will
    /// tell are absent.
    ///
    /// - Parameter inputHashes: the quotient hash of every input derivation.
    /// - Throws: ``DerivationError``; a missing input only when a path depends on it.
    public func computedOutputPaths(
        inputHashes: [StorePath: QuotientHash], in store: StoreDirectory
    ) throws(DerivationError) -> [String: StorePath] {
        var paths: [String: StorePath] = [:]
        var hash: Digest?
        for (output, kind) in outputs {
            do {
                switch kind {
                case .fixed(_, let method, let digest):
                    paths[output] = try store.fixedOutputPath(
                        name: outputPathName(output), method: method, digest: digest)
                case .inputAddressed, .deferred:
                    if hash == nil {
                        guard let inputs = try keyedInputs(inputHashes) else { continue }
                        hash = Digest.hash(aterm(in: store, inputs: inputs, maskOutputs: true))
                    }
                    guard let inner = hash else { continue }
                    paths[output] = try store.makePath(
                        type: "output:\(output)", inner: inner, name: outputPathName(output))
                case .floating, .impure: continue
                }
            } catch let error as DerivationError {
                throw error
            } catch let error as StorePathError {
                throw .badPath(field: "output '\(output)'", error)
            } catch { throw .invalid(name: name, reason: "\(error)") }
        }
        return paths
    }

    /// This derivation with its outputs' paths computed and written into ``outputs`` and the
    /// environment; whatever stood there is replaced.
    ///
    /// - Parameter inputHashes: the quotient hash of every input derivation.
    public func filledIn(
        inputHashes: [StorePath: QuotientHash], in store: StoreDirectory
    ) throws(DerivationError) -> Derivation {
        var result = self
        // The masked text must hold an entry for each output, else a derivation without the
        // variable would get another path than the file it ends up as (`docs/formats/derivation.md`).
        for output in outputs.keys { result.environment[ByteString(output)] = "" }
        let paths = try result.computedOutputPaths(inputHashes: inputHashes, in: store)
        for (output, path) in paths {
            result.environment[ByteString(output)] = ByteString(store.path(of: path))
            if case .fixed(_, let method, let digest) = outputs[output] {
                result.outputs[output] = .fixed(path, method: method, digest: digest)
            } else {
                result.outputs[output] = .inputAddressed(path)
            }
        }
        return result
    }

    /// This derivation with what its outputs leave out: the paths of those that state none, and the
    /// variables named like outputs that are absent or empty. What is stated stays as it is, for
    /// ``checkInvariants(inputHashes:in:)`` to judge.
    ///
    /// - Parameter inputHashes: the quotient hash of every input derivation.
    public func completed(
        inputHashes: [StorePath: QuotientHash], in store: StoreDirectory
    ) throws(DerivationError) -> Derivation {
        var result = self
        for (output, kind) in try filledIn(inputHashes: inputHashes, in: store).outputs {
            guard let path = kind.path else { continue }
            if outputs[output]?.path == nil { result.outputs[output] = kind }
            let variable = ByteString(output)
            if environment[variable]?.isEmpty ?? true {
                result.environment[variable] = ByteString(store.path(of: path))
            }
        }
        return result
    }

    /// The inputs keyed by the base 16 of their quotient hashes, sorted, equal ones merged;
    /// `nil` when one is deferred.
    private func keyedInputs(
        _ hashes: [StorePath: QuotientHash]
    ) throws(DerivationError) -> [(key: [UInt8], outputs: Set<String>)]? {
        var keyed: [(digest: Digest, outputs: Set<String>)] = []
        keyed.reserveCapacity(inputDerivations.count)
        for (path, wanted) in inputDerivations {
            switch hashes[path] {
            case nil: throw .missingInput(name: name, input: path)
            case .deferred: return nil
            case .digest(let digest): keyed.append((digest, wanted))
            }
        }
        // Base 16 keeps the order of the bytes.
        keyed.sort { $0.digest < $1.digest }
        var merged: [(key: [UInt8], outputs: Set<String>)] = []
        merged.reserveCapacity(keyed.count)
        for (index, input) in keyed.enumerated() {
            if index > 0, keyed[index - 1].digest == input.digest {
                merged[merged.count - 1].outputs.formUnion(input.outputs)
            } else {
                merged.append((Base16.encodeBytes(input.digest.bytes), input.outputs))
            }
        }
        return merged
    }
}
