import ArgumentParser
import Audits
import NodeosStore
import Realisation
import StoreModel
import Substitutes
import SystemSupport

/// Where store paths may be taken from instead of building them, and whose word counts.
package struct CacheOptions: ParsableArguments {
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
    package init() {}

    /// Refuses manifests that nothing asks for.
    package func validate() throws {
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

extension CacheOptions {
    /// Whether there are caches to take from.
    func areNamed(_ context: CommandContext) -> Bool { !urls(context).isEmpty }

    private func urls(_ context: CommandContext) -> [String] {
        guard !noSubstitutes else { return [] }
        let given =
            substituters.isEmpty ? [context.variable("NODEOS_SUBSTITUTERS") ?? ""] : substituters
        return given.flatMap { $0.split(separator: " ") }.map(String.init)
    }

    /// Names the caches in `configuration`, and whose word about them counts.
    func name(
        in configuration: inout StoreSession.Configuration, _ context: CommandContext
    ) throws {
        configuration.caches = try urls(context).map { text in
            try CacheAddress(
                parsing: text.contains("://") ? text : context.absolute(text),
                environment: context.environment)
        }
        guard !configuration.caches.isEmpty else { return }
        configuration.trust = try trust(configuration.layout.storeDirectory, context)
        configuration.alwaysAllowsSubstitutes = alwaysAllowSubstitutes
        if let directory = context.variable("TMPDIR") {
            configuration.temporaryDirectory = context.absolute(directory)
        }
    }

    private func trust(
        _ store: StoreDirectory, _ context: CommandContext
    ) throws -> SubstituteTrust {
        guard let file = requireAgreement else {
            let texts =
                trustedKeys.isEmpty
                ? [context.variable("NODEOS_TRUSTED_KEYS")].compactMap { $0 } : trustedKeys
            return .keys(
                try texts.flatMap { try KeyFile.publicKeys($0, orIn: context.absolute($0)) },
                store: store)
        }
        let bytes = try FileBytes.read(
            path: context.absolute(file), limit: AgreementPolicy.maximumSize)
        return try .agreement(
            AgreementPolicy(parsing: bytes, from: file),
            manifests.map(SideArgument(trusting: [], context).manifest), store: store)
    }
}
