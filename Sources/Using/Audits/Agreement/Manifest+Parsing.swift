public import Primitives
import StoreModel

extension Manifest {
    /// Parses a manifest, which may come from anywhere: every field is checked, nothing may stand
    /// twice, and the digest must be that of the contents.
    ///
    /// - Parameter source: the file or URL, for messages.
    /// - Throws: ``ManifestError`` with the line or the field.
    public init(parsing bytes: [UInt8], from source: String) throws(ManifestError) {
        guard UInt64(bytes.count) <= Self.maximumSize else {
            throw ManifestError(source, .tooLarge(limit: Self.maximumSize))
        }
        let json: JSONValue
        do { json = try JSONValue(parsing: bytes.span, maximumValues: Self.maximumValues) } catch {
            throw ManifestError(source, .notJSON(error.description))
        }
        guard var members = json.object, members["type"]?.string == Self.type else {
            throw ManifestError(source, .notAManifest("its type is not '\(Self.type)'"))
        }
        guard members["version"]?.integer == Self.version else {
            throw ManifestError(
                source, .notAManifest("only version \(Self.version) is known to this program"))
        }
        let top = ManifestField(json, "", source)
        let stated = try top.member("digest").digest()
        // No signature is of their order.
        signatures = try top.member("signatures").strings().sorted()
        members["digest"] = nil
        members["signatures"] = nil
        let computed = Self.digest(of: members)
        guard stated == computed else {
            throw ManifestError(
                source,
                .changed(stated: stated.prefixedNix32, computed: computed.prefixedNix32))
        }
        store = try top.member("store").storeDirectory()
        tool = try top.member("tool").string()
        let machine = try top.member("machine")
        self.machine = machine.isNull ? nil : try MachineFacts(machine)
        roots = try top.member("roots").elements { field throws(ManifestError) in
            try field.baseName()
        }
        entries = [:]
        derivations = [:]
        for (name, field) in try top.member("derivations").members() {
            let path: StorePath
            do { path = try StorePath(baseName: name) } catch {
                throw field.fail("\(error)")
            }
            derivations[path] = try ManifestDerivation(field)
        }
        let store = store
        for field in try top.member("entries").elements({ field throws(ManifestError) in field }) {
            let entry = try ManifestEntry(field, in: store)
            guard entries.updateValue(entry, forKey: entry.path) == nil else {
                throw try field.member("path").fail("'\(entry.path)' stands twice")
            }
            try check(entry, field)
        }
        // One text for one manifest: what is signed, shown and compared is the same.
        guard body == members else {
            throw ManifestError(
                source,
                .notAManifest(
                    "it has members, an order or forms of hashes that version \(Self.version) does "
                        + "not have"))
        }
    }

    /// What a careful forger would forget.
    private func check(_ entry: ManifestEntry, _ field: ManifestField) throws(ManifestError) {
        if entry.origin.isBuilt, entry.deriver == nil {
            throw try field.member("deriver").fail("what was built has a derivation")
        }
        if let deriver = entry.deriver, let derivation = derivations[deriver] {
            guard let output = entry.output, derivation.outputs[output] == entry.path else {
                throw try field.member("output").fail(
                    "'\(deriver)' does not have this path among its outputs")
            }
        }
        guard let reason = entry.falseContentAddress(in: store) else { return }
        throw try field.member("contentAddress").fail(reason)
    }

    /// The first of `keys` that signed it.
    ///
    /// - Throws: ``ManifestError`` when none did.
    public func signer(among keys: [PublicKey], source: String) throws(ManifestError) -> PublicKey {
        guard !signatures.isEmpty else { throw ManifestError(source, .unsigned) }
        if let key = keys.signer(of: signedText, signatures) { return key }
        throw ManifestError(
            source,
            .untrusted(
                signers: Set(
                    signatures.map { signature in "'\(signature.prefix { $0 != ":" })'" }
                ).sorted()))
    }
}

extension ManifestEntry {
    /// Why the content address cannot be that of the path; `nil` when it is, or there is none, or
    /// only the bytes themselves could tell.
    func falseContentAddress(in store: StoreDirectory) -> String? {
        let prefix = "fixed:r:"
        guard let contentAddress, contentAddress.hasPrefix(prefix) else { return nil }
        // The sentence behind says what is wrong with the field; the parser's reason adds nothing.
        guard let digest = try? Digest(parsing: String(contentAddress.dropFirst(prefix.count)))
        else { return "'\(contentAddress)' holds no digest" }
        guard digest.algorithm == .sha256 else { return nil }
        let others = references.filter { $0 != path }
        guard digest == narHash || others.count < references.count,
            // A path that cannot be computed is not the one that stands there.
            let proven = try? store.sourcePath(
                name: path.name, narHash: digest, references: others,
                selfReference: others.count < references.count), proven == path
        else { return "the contents that it states do not lead to the path '\(path)'" }
        return nil
    }

    init(_ field: ManifestField, in store: StoreDirectory) throws(ManifestError) {
        let deriver = try field.member("deriver")
        let output = try field.member("output")
        let address = try field.member("contentAddress")
        self.init(
            path: try field.member("path").storePath(in: store),
            narHash: try field.member("narHash").digest(),
            narSize: try field.member("narSize").count(),
            references: try field.member("references").paths(),
            deriver: deriver.isNull ? nil : try deriver.baseName(),
            output: output.isNull ? nil : try output.string(),
            contentAddress: address.isNull ? nil : try address.string(),
            origin: try ManifestOrigin(field.member("origin")),
            signatures: try field.member("signatures").strings())
        if let path = self.deriver, !path.isDerivation {
            throw deriver.fail("'\(path)' does not end in '.drv'")
        }
        if narSize == 0 { throw try field.member("narSize").fail("no NAR is empty") }
    }
}

extension ManifestOrigin {
    init(_ field: ManifestField) throws(ManifestError) {
        switch try field.member("kind").string() {
        case "built":
            guard field.has("startTime") else {
                self = .built(nil)
                return
            }
            self = .built(
                Build(
                    startTime: Int64(clamping: try field.member("startTime").count()),
                    stopTime: Int64(clamping: try field.member("stopTime").count()),
                    userTime: Int64(clamping: try field.member("userTime").count()),
                    systemTime: Int64(clamping: try field.member("systemTime").count()),
                    peakMemory: try field.member("peakMemory").count(),
                    machine: try field.member("machine").string()))
        case "added": self = .added
        case "fetched": self = .fetched(url: try field.member("url").string())
        case "substituted": self = .substituted(url: try field.member("url").string())
        case "imported": self = .imported
        // A word of a newer program: what matters is that it does not count as built.
        default: self = .unknown
        }
    }
}

extension ManifestDerivation {
    init(_ field: ManifestField) throws(ManifestError) {
        var outputs: [String: StorePath] = [:]
        for (name, output) in try field.member("outputs").members() {
            outputs[name] = try output.baseName()
        }
        self.init(outputs: outputs, inputs: try field.member("inputs").paths())
    }
}

extension MachineFacts {
    init(_ field: ManifestField) throws(ManifestError) {
        let identity = try field.member("id")
        let store = try field.member("storeID")
        let processor = try field.member("processor")
        self.init(
            machineID: identity.isNull ? nil : try identity.string(),
            storeID: store.isNull ? nil : try store.string(),
            system: try field.member("system").string(),
            kernel: try field.member("kernel").string(),
            processor: processor.isNull ? nil : try processor.string(),
            processorCount: Int(clamping: try field.member("processorCount").count()),
            fileSystem: try field.member("fileSystem").string())
    }
}
