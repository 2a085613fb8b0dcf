import FoundationEssentials
package import LocalStore
package import Primitives
import StoreDatabase
package import StoreModel

/// How a store path was made, in the words of in-toto and SLSA: a Statement v1 with the provenance
/// predicate v1 (`docs/formats/provenance.md`).
package struct ProvenanceStatement: Sendable {
    /// The statement.
    package let json: JSONValue

    /// The payload type of an envelope that carries it.
    static let payloadType = "application/vnd.in-toto+json"

    /// The statement on what made `path`: its deriver, or itself when it is a derivation.
    ///
    /// - Parameters:
    ///   - builder: the URI of who vouches for builds on this machine.
    ///   - version: of this program.
    /// - Throws: ``AuditError/noDeriver(_:)``, ``AuditError/notValid(_:)``, what the store throws.
    package init(
        of path: StorePath, in store: LocalStore, builder: String, version: String
    ) throws {
        let writer = try StatementWriter(path, store, builder: builder, version: version)
        json = try writer.statement()
    }

    /// The URI of an unnamed builder on this machine.
    package static let localBuilder = "urn:nodeos-store:local"

    /// The statement on what made `path` here; `nil` when that is not known.
    package static func known(
        of path: StorePath, in store: LocalStore, version: String
    ) throws -> ProvenanceStatement? {
        do {
            return try ProvenanceStatement(
                of: path, in: store, builder: localBuilder, version: version)
        } catch AuditError.notValid, AuditError.noDeriver { return nil }
    }

    /// The statement in a DSSE envelope (Dead Simple Signing Envelope 1.0), signed by `key`.
    ///
    /// - Throws: `KeyError` when the key cannot sign.
    package func envelope(signedWith key: SecretKey) throws -> JSONValue {
        let type = Self.payloadType
        let payload = String(decoding: json.text(), as: UTF8.self)
        // The pre-authentication encoding of the specification: lengths in bytes, one space between.
        let message = "DSSEv1 \(type.utf8.count) \(type) \(payload.utf8.count) \(payload)"
        let signature = try key.sign(message)
        let encoded = signature.split(separator: ":").last.map { String($0) } ?? ""
        return .object([
            "payloadType": .string(type), "payload": .string(Base64.encode(Array(payload.utf8))),
            "signatures": .array([
                .object(["keyid": .string(key.publicKey.name), "sig": .string(encoded)])
            ]),
        ])
    }
}

/// Gathers what a statement says.
private struct StatementWriter {
    let store: LocalStore
    let builder: String
    let version: String
    let derivationPath: StorePath
    let derivation: Derivation
    let subjects: [(name: String, info: PathInfo)]

    init(
        _ path: StorePath, _ store: LocalStore, builder: String, version: String
    ) throws {
        self.store = store
        self.builder = builder
        self.version = version
        var deriver: StorePath? = path.isDerivation ? path : nil
        if deriver == nil {
            guard let info = try store.database.info(path) else {
                throw AuditError.notValid([path])
            }
            deriver = info.deriver
        }
        guard let deriver, try store.database.isValid(deriver) else {
            throw AuditError.noDeriver(path)
        }
        derivationPath = deriver
        derivation = try store.derivations.derivation(deriver)
        var subjects: [(name: String, info: PathInfo)] = []
        var missing: [StorePath] = []
        for (name, output) in derivation.outputs.sorted(by: { $0.key < $1.key }) {
            guard let output = output.path, path.isDerivation || output == path else { continue }
            guard let info = try store.database.info(output) else {
                missing.append(output)
                continue
            }
            subjects.append((name, info))
        }
        guard missing.isEmpty, !subjects.isEmpty else {
            throw AuditError.notValid(missing.isEmpty ? [path] : missing)
        }
        self.subjects = subjects
    }

    func statement() throws -> JSONValue {
        .object([
            "_type": .string("https://in-toto.io/Statement/v1"),
            "subject": .array(
                subjects.map {
                    .object([
                        "name": .string(store.storeDirectory.path(of: $0.info.path)),
                        "digest": digest($0.info),
                        "annotations": .object([
                            "output": .string($0.name), "narSize": .count($0.info.narSize),
                        ]),
                    ])
                }),
            "predicateType": .string("https://slsa.dev/provenance/v1"),
            "predicate": .object([
                "buildDefinition": try definition(), "runDetails": try details(),
            ]),
        ])
    }

    private func definition() throws -> JSONValue {
        let environment = derivation.environment.map {
            ($0.key.description, JSONValue.string($0.value.description))
        }
        return .object([
            "buildType": .string("urn:nodeos-store:derivation:v1"),
            "externalParameters": .object([
                "derivation": .string(store.storeDirectory.path(of: derivationPath)),
                "outputs": .strings(subjects.map(\.name)),
            ]),
            // All of it follows from the derivation, whose hash stands among the dependencies.
            "internalParameters": .object([
                "system": .string(derivation.system.description),
                "builder": .string(derivation.builder.description),
                "arguments": .strings(derivation.arguments.map(\.description)),
                "environment": .object(
                    Dictionary(environment, uniquingKeysWith: { first, _ in first })),
            ]),
            "resolvedDependencies": .array(try dependencies()),
        ])
    }

    /// The derivation, then everything the builder could see.
    private func dependencies() throws -> [JSONValue] {
        var made: [StorePath: (deriver: StorePath, derivation: Derivation)] = [:]
        var direct = derivation.inputSources
        for (path, names) in derivation.inputDerivations {
            let input = try store.derivations.derivation(path)
            for output in names.compactMap({ input.outputs[$0]?.path }) {
                direct.insert(output)
                made[output] = (path, input)
            }
        }
        let absent = try direct.subtracting(store.database.validPaths(among: direct))
        guard absent.isEmpty else { throw AuditError.notValid(absent.sorted()) }
        let all = try store.database.closure(of: direct)
        let infos = try store.database.infos([derivationPath] + all.sorted())
        return try infos.map { info in
            try dependency(info, isDirect: direct.contains(info.path), made[info.path])
        }
    }

    private func dependency(
        _ info: PathInfo, isDirect: Bool,
        _ maker: (deriver: StorePath, derivation: Derivation)?
    ) throws -> JSONValue {
        let path = store.storeDirectory.path(of: info.path)
        var annotations: [String: JSONValue] = [
            "narSize": .count(info.narSize), "isDirect": .bool(isDirect),
        ]
        if let deriver = maker?.deriver ?? info.deriver {
            annotations["derivation"] = .string(store.storeDirectory.path(of: deriver))
        }
        var uri = "file://" + path
        var digests: [String: JSONValue] = ["narSha256": .string(info.narHash.base16)]
        if let maker, let fixed = maker.derivation.fixedOutput {
            let urls = maker.derivation.variable("urls") ?? maker.derivation.variable("url") ?? ""
            if let url = urls.words.first { uri = URLRedaction.redact(url) }
            // The bytes of the download itself, where that is what the hash is of.
            if fixed.method == .flat {
                digests[fixed.digest.algorithm.rawValue] = .string(fixed.digest.base16)
            }
        }
        return .object([
            "uri": .string(uri), "name": .string(path), "digest": .object(digests),
            "annotations": .object(annotations),
        ])
    }

    private func digest(_ info: PathInfo) -> JSONValue {
        .object(["narSha256": .string(info.narHash.base16)])
    }

    /// Who built it and when: what this machine remembers.
    private func details() throws -> JSONValue {
        let records = try store.database.buildRecords(of: derivationPath)
        guard let record = records.first(where: { $0.status == .succeeded }) else {
            return .object([
                "builder": .object(["id": .string("urn:nodeos-store:not-built-here")])
            ])
        }
        return .object([
            "builder": .object([
                "id": .string(builder),
                "version": .object(["nodeos-store": .string(version)]),
            ]),
            "metadata": .object([
                "startedOn": .string(Self.time(record.startTime)),
                "finishedOn": .string(Self.time(record.stopTime)),
            ]),
            "byproducts": .array([
                .object([
                    "name": .string("machine"),
                    "annotations": .object(["description": .string(record.machine)]),
                ])
            ]),
        ])
    }

    /// Milliseconds since 1970 as RFC 3339 has them, in UTC. A database may say anything; the format has four
    /// digits for a year.
    private static func time(_ milliseconds: Int64) -> String {
        let seconds = (Double(milliseconds) / 1000).rounded(.down)
        let (first, last) = (-62_135_596_800.0, 253_402_300_799.0)
        return Date(timeIntervalSince1970: min(max(seconds, first), last)).formatted(.iso8601)
    }
}
