import Primitives
import StoreModel

/// What a builder is started with: command, environment, and files laid into its `/build`
/// (`docs/formats/build-environment.md`). A pure function of the derivation,
/// the closures it asks for and the number of cores.
struct BuilderEnvironment: Hashable, Sendable {
    var builder: ByteString
    var arguments: [ByteString]
    var variables: [ByteString: ByteString]
    /// Files to lay into `/build` before the start, by name.
    var files: [String: [UInt8]]

    /// The directory a builder starts in.
    static let buildDirectory = "/build"

    init(
        _ derivation: Derivation, path: StorePath, store: StoreDirectory,
        graphs: ReferenceGraphs, cores: Int
    ) throws(RealisationError) {
        let placeholders = Self.placeholders(derivation, store)
        func replaced(_ text: ByteString) -> ByteString {
            Self.replacing(placeholders, in: text)
        }
        let build = ByteString(Self.buildDirectory)
        var variables: [ByteString: ByteString] = [
            "PATH": "/path-not-set", "HOME": "/homeless-shelter",
            "NIX_STORE": ByteString(store.path), "NIX_BUILD_CORES": "\(cores)",
        ]
        let attributes = try DerivationAttributes(derivation, path: path)
        if var structured = attributes.structured {
            structured["outputs"] = .object(
                derivation.outputs.compactMapValues { output in
                    output.path.map { .string(store.path(of: $0)) }
                })
            structured.merge(graphs.json(in: store)) { _, graph in graph }
            files = StructuredEnvironment.files(structured).mapValues {
                replaced(ByteString($0)).bytes
            }
            variables["NIX_ATTRS_JSON_FILE"] = "\(Self.buildDirectory)/.attrs.json"
            variables["NIX_ATTRS_SH_FILE"] = "\(Self.buildDirectory)/.attrs.sh"
        } else {
            let own = try Self.variables(derivation, path: path)
            variables.merge(own.variables.mapValues(replaced)) { _, own in own }
            files = own.files.mapValues { replaced(ByteString($0)).bytes }
            files.merge(graphs.files(in: store)) { _, graph in graph }
        }
        for key: ByteString in ["NIX_BUILD_TOP", "TMPDIR", "TEMPDIR", "TMP", "TEMP", "PWD"] {
            variables[key] = build
        }
        if derivation.fixedOutput != nil { variables["NIX_OUTPUT_CHECKED"] = "1" }
        variables["NIX_LOG_FD"] = "2"
        variables["TERM"] = "xterm-256color"
        self.builder = replaced(derivation.builder)
        self.arguments = derivation.arguments.map(replaced)
        self.variables = variables
    }

    /// The derivation's own environment, and the values it wants in files (`passAsFile`).
    private static func variables(
        _ derivation: Derivation, path: StorePath
    ) throws(RealisationError) -> (
        variables: [ByteString: ByteString], files: [String: [UInt8]]
    ) {
        var variables: [ByteString: ByteString] = [:]
        var files: [String: [UInt8]] = [:]
        let asFile = Set((derivation.variable("passAsFile") ?? "").words.map { ByteString($0) })
        for (key, value) in derivation.environment {
            if asFile.contains(key), let name = key.string {
                let file = ".attr-" + Digest.hash(name).nix32
                files[file] = value.bytes
                variables[ByteString(name + "Path")] = ByteString("\(buildDirectory)/\(file)")
            } else {
                guard !key.isEmpty, !key.bytes.contains(UInt8(ascii: "=")), !key.bytes.contains(0),
                    !value.bytes.contains(0)
                else {
                    throw .badDerivation(
                        path, reason: "the variable '\(key)' cannot be in an environment")
                }
                variables[key] = value
            }
        }
        return (variables, files)
    }

    /// What stands for an output's path before it is known: `/` and 52 characters.
    static func placeholder(output: String) -> String {
        "/" + Digest.hash("nix-output:\(output)").nix32
    }

    private static func placeholders(_ derivation: Derivation, _ store: StoreDirectory)
        -> [(from: [UInt8], to: [UInt8])]
    {
        derivation.outputs.sorted { $0.key < $1.key }.compactMap { name, output in
            output.path.map {
                (Array(placeholder(output: name).utf8), Array(store.path(of: $0).utf8))
            }
        }
    }

    private static func replacing(
        _ placeholders: [(from: [UInt8], to: [UInt8])], in text: ByteString
    ) -> ByteString {
        guard text.bytes.count > 52 else { return text }
        var bytes = text.bytes
        for (from, to) in placeholders where bytes.contains(from) {
            bytes = Array(bytes.replacing(from, with: to))
        }
        return ByteString(bytes)
    }
}
