public import ArgumentParser
import Audits
import LocalStore
import Primitives
import Realisation
import StoreModel
import Substitutes

/// Where store paths may be taken from instead of building them, and whose word counts.
public struct SubstitutionOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "URLs of binary caches, separated by spaces; repeatable.",
            discussion: """
                Tried by priority (their own, or URL?priority=N; smaller ones first), and in this order \
                among equals. Environment: NODEOS_SUBSTITUTERS.
                """,
            valueName: "urls"))
    var substituters: [String] = []

    @Flag(help: "Build everything; ask no binary cache, whatever the environment says.")
    var noSubstitutes = false

    @Flag(
        help: "Take also what derivations want to be built (allowSubstitutes = false)."
    )
    var alwaysAllowSubstitutes = false

    @Option(
        name: .customLong("trusted-key"),
        help: ArgumentHelp(
            "Take what is signed with this public key (NAME:BASE64, or a file of keys).",
            discussion: """
                Repeatable: any of the keys will do. Environment: NODEOS_TRUSTED_KEYS. What is \
                content-addressed proves itself and needs no key.
                """, valueName: "key"))
    var trustedKeys: [String] = []

    @Option(
        help: ArgumentHelp(
            "Take only what so many named builders agree on as <policy> demands.",
            discussion: """
                In the place of --trusted-key. Their words are signatures in the caches and in \
                manifests; what they do not agree on is built (docs/formats/policy.md).
                """, valueName: "policy"), completion: .file())
    var requireAgreement: String?

    @Option(
        name: [.customLong("manifest"), .customLong("manifests")],
        help: ArgumentHelp(
            "For --require-agreement: a signed manifest, a file or URL; repeatable.",
            valueName: "manifest"), completion: .file())
    var manifests: [String] = []

    /// No caches.
    public init() {}

    /// Refuses manifests that nothing asks for.
    public func validate() throws {
        guard manifests.isEmpty || requireAgreement != nil else {
            throw ValidationError("--manifest needs --require-agreement.")
        }
        guard requireAgreement == nil || trustedKeys.isEmpty else {
            throw ValidationError(
                "--trusted-key and --require-agreement exclude each other: the policy names the keys."
            )
        }
    }
}

extension SubstitutionOptions {
    /// Whether there are caches to take from.
    func areNamed(_ context: CommandContext) -> Bool { !urls(context).isEmpty }

    private func urls(_ context: CommandContext) -> [String] {
        guard !noSubstitutes else { return [] }
        let given =
            substituters.isEmpty ? [context.variable("NODEOS_SUBSTITUTERS") ?? ""] : substituters
        return given.flatMap { $0.split(separator: " ") }.map(String.init)
    }

    /// What takes from the caches that are named; `nil` when there are none.
    ///
    /// - Parameters:
    ///   - downloads: how many at once.
    ///   - netrc: the file that `--netrc` names.
    func substitution(
        _ store: LocalStore, downloads: Int, netrc: String?, _ context: CommandContext
    ) throws -> Substitution? {
        let caches = try urls(context).map { text in
            try BinaryCache.of(
                text.contains("://") ? text : context.absolute(text), store.storeDirectory, context,
                netrc: netrc)
        }
        guard !caches.isEmpty else { return nil }
        return Substitution(
            store, caches: caches, trust: try trust(store.storeDirectory, context),
            downloads: downloads, alwaysAllowed: alwaysAllowSubstitutes)
    }

    private func trust(
        _ store: StoreDirectory, _ context: CommandContext
    ) throws -> SubstituteTrust {
        guard let file = requireAgreement else {
            let texts =
                trustedKeys.isEmpty
                ? [context.variable("NODEOS_TRUSTED_KEYS")].compactMap { $0 } : trustedKeys
            return .keys(try texts.flatMap { try KeyFile.publicKeys($0, context) }, store: store)
        }
        let bytes = try FileBytes.read(
            path: context.absolute(file), limit: AgreementPolicy.maximumSize)
        let reader = AuditSideReader(context: context, keys: [])
        let judge = try AgreementJudge(
            try AgreementPolicy(parsing: bytes, from: file),
            try manifests.map { try reader.side($0) }, store: store)
        return .judged { info, all in
            let verdict = judge.verdict(
                info.path, local: ManifestEntry(info), alsoSaid: all.map { ManifestEntry($0) })
            return verdict.kind == .agreed
                ? .accepted(verdict.sentence) : .refused(verdict.sentence)
        }
    }
}

extension AgreementVerdict {
    /// Who said what, in one line.
    fileprivate var sentence: String {
        guard let rule else { return "no rule of the policy is about it" }
        var told: [String] = []
        for (builder, entry) in words {
            let word = "\(builder) says \(entry.narHash.prefixedNix32)"
            if !told.contains(word) { told.append(word) }
        }
        let silent = rule.builders.filter { builder in !words.contains { $0.builder == builder } }
        if !silent.isEmpty { told.append("nothing from \(silent.joined(separator: ", "))") }
        let here = local.map { "; offered is \($0.narHash.prefixedNix32)" } ?? ""
        return "\(kind.rawValue): \(agreeingCount) of the \(rule.count) that must agree ("
            + told.joined(separator: ", ") + (kind == .agreed ? ")" : ")" + here)
    }
}
