import Archives
package import ArgumentParser
import Primitives

/// `hash`: hashes of files and trees, and their texts.
package struct HashCommand: StoreCommand {
    /// Name and help.
    package static let configuration = CommandConfiguration(
        commandName: "hash",
        abstract: "Hash files and trees, or write hashes another way.",
        discussion: """
            The hash is that of the NAR, as `nix-hash` has it; with --flat that of a file's \
            contents, as `sha256sum` has it. With one of the --to options the arguments are \
            hashes, not paths: base16, nix32, base64 (with --type, or `sha256:` before it) or SRI.

            Examples:
              nodeos-store hash --sri ./tree
              nodeos-store hash --to-nix32 sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=
            """)

    @OptionGroup
    var output: OutputOptions

    @Option(name: [.long, .customLong("algo")], help: "md5, sha1, sha256 or sha512.")
    var type: HashAlgorithm = .sha256
    @Flag(help: "Hash the contents of a file, not its NAR.")
    var flat = false
    @Flag
    var encoding: HashEncoding = .base16
    @Flag(help: ArgumentHelp("Convert hashes to this encoding."))
    var conversion: HashConversion?

    @Argument(help: "Paths; with --to-…, hashes.", completion: .file())
    var items: [String]

    /// The command without arguments.
    package init() {}

    /// Prints one hash a line.
    package func run(in context: CommandContext) async throws {
        var lines: [String] = []
        for item in items {
            if let conversion {
                let hasAlgorithm = item.contains(":") || item.contains("-")
                let digest = try Digest(parsing: item, algorithm: hasAlgorithm ? nil : type)
                lines.append(conversion.encoding.text(digest))
            } else {
                let path = context.absolute(item)
                lines.append(encoding.text(try flat ? contents(path) : tree(path)))
            }
        }
        try output.print(HashesAnswer(items: items, hashes: lines), to: context.output)
    }

    private func tree(_ path: String) throws -> Digest {
        let location = try TreeLocation(path)
        var sink = DigestSink(type)
        try dumpTree(location.name, in: location.parent, to: &sink)
        return sink.digest()
    }

    private func contents(_ path: String) throws -> Digest {
        var source = try FileSource(path: path)
        var sink = DigestSink(type)
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        while case let count = try source.read(into: &buffer), count > 0 {
            sink.write(buffer.span.extracting(0..<count))
        }
        return sink.digest()
    }
}

/// Hashes, one a line; in JSON keyed by what they were asked for.
private struct HashesAnswer: CommandAnswer {
    let items: [String]
    let hashes: [String]

    var json: JSONValue {
        .object([
            "hashes": .array(
                zip(items, hashes).map { item, hash in
                    .object(["item": .string(item), "hash": .string(hash)])
                })
        ])
    }

    func text(for output: CommandOutput) -> String { hashes.map { $0 + "\n" }.joined() }
}
