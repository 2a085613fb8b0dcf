public import Primitives

/// A build, fully described: what to run, with which inputs, to which outputs. The content of a
/// `.drv` file (`docs/formats/derivation.md`); its name is not in the file but in the file's name.
public struct Derivation: Hashable, Sendable {
    /// The name: the `.drv`'s store path name without `.drv`.
    public var name: String
    /// The outputs by name; at least one, as a rule `out`.
    public var outputs: [String: DerivationOutput]
    /// The derivations whose outputs are inputs, with the names of the outputs wanted.
    public var inputDerivations: [StorePath: Set<String>]
    /// The store paths that are inputs as they are.
    public var inputSources: Set<StorePath>
    /// The system the builder runs on, such as `x86_64-linux`, or `builtin`.
    public var system: ByteString
    /// The program to run, a path in the store or `builtin:NAME`.
    public var builder: ByteString
    /// The builder's arguments.
    public var arguments: [ByteString]
    /// The builder's environment.
    public var environment: [ByteString: ByteString]

    /// A derivation from its parts, as given; see ``filledIn(inputHashes:in:)`` for outputs' paths.
    public init(
        name: String, outputs: [String: DerivationOutput],
        inputDerivations: [StorePath: Set<String>] = [:], inputSources: Set<StorePath> = [],
        system: ByteString, builder: ByteString, arguments: [ByteString] = [],
        environment: [ByteString: ByteString] = [:]
    ) {
        self.name = name
        self.outputs = outputs
        self.inputDerivations = inputDerivations
        self.inputSources = inputSources
        self.system = system
        self.builder = builder
        self.arguments = arguments
        self.environment = environment
    }

    /// The one fixed output, when this is a fixed-output derivation.
    public var fixedOutput: (path: StorePath, method: ContentAddressMethod, digest: Digest)? {
        guard outputs.count == 1, case .fixed(let path, let method, let digest)? = outputs["out"]
        else { return nil }
        return (path, method, digest)
    }

    /// Whether the builder is part of this program (`builtin:fetchurl`, `builtin:unpack`).
    public var isBuiltin: Bool { builder.bytes.starts(with: "builtin:".utf8) }

    /// The paths of the `.drv` file's own references.
    public var references: Set<StorePath> { inputSources.union(inputDerivations.keys) }

    /// The store name of output `output`: the derivation's name, and `-output` unless `out`.
    public func outputPathName(_ output: String) -> String {
        output == "out" ? name : "\(name)-\(output)"
    }

    /// The value of an environment variable as text; `nil` when absent or not UTF-8.
    public func variable(_ key: String) -> String? { environment[ByteString(key)]?.string }
}
