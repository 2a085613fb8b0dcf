import Archives
import Glibc
import Primitives
import StoreModel

/// Writes graphs of derivations that look like those of a distribution: a few that nearly all use,
/// many inputs from the last few hundred, one fetched source each, environments of 2 to 5 KB.
struct DerivationGenerator {
    let store: StoreDirectory
    private var state: UInt64 = 42
    private var paths: [StorePath] = []
    private var hashes: [StorePath: QuotientHash] = [:]
    private let flags: ByteString

    init(store: StoreDirectory) {
        self.store = store
        flags = ByteString(
            String(repeating: "-O2 -fstack-protector-strong \\\n\t\"quoted\" ", count: 30))
    }

    /// Writes `count` derivations into `directory`; one in three is a fetched source.
    mutating func write(_ count: Int, to directory: String) throws {
        for index in 0..<count {
            let derivation =
                index.isMultiple(of: 3) ? try fetched(index) : try built(index)
            let filled = try derivation.filledIn(inputHashes: hashes, in: store)
            let file = try filled.file(in: store)
            hashes[file.path] = try filled.quotientHash(inputHashes: hashes, in: store)
            paths.append(file.path)
            try save(file.text, "\(directory)/\(file.path.baseName)")
        }
    }

    private func fetched(_ index: Int) throws -> Derivation {
        let digest = Digest.hash("source \(index)")
        let path = try store.fixedOutputPath(
            name: "source-\(index).tar.xz", method: .flat, digest: digest)
        return Derivation(
            name: "source-\(index).tar.xz",
            outputs: ["out": .fixed(path, method: .flat, digest: digest)],
            system: "builtin", builder: "builtin:fetchurl",
            environment: [
                "url": ByteString("mirror://gnu/source/source-\(index).tar.xz"),
                "preferLocalBuild": "1", "outputHashMode": "flat",
                "outputHash": ByteString(digest.base16), "outputHashAlgo": "sha256",
            ])
    }

    private mutating func built(_ index: Int) throws -> Derivation {
        var inputs: [StorePath: Set<String>] = [:]
        var references: [String] = []
        for place in 0..<(8 + random(32)) where !paths.isEmpty {
            let reach = place < 6 ? min(paths.count, 60) : min(paths.count, 600)
            let path =
                place < 6 ? paths[random(reach)] : paths[paths.count - 1 - random(reach)]
            inputs[path] = ["out"]
            references.append(store.path(of: path))
        }
        let script = try store.textPath(
            name: "builder.sh", contents: Digest.hash("script"), references: [])
        var environment: [ByteString: ByteString] = [
            "name": ByteString("package-\(index)"), "pname": "package",
            "version": ByteString("\(index)"), "NIX_CFLAGS_COMPILE": flags,
            "buildInputs": ByteString(references.joined(separator: " ")),
            "builder": ByteString(store.path(of: script)), "doCheck": "1", "strictDeps": "",
            "configureFlags": "--disable-static --with-system-zlib --prefix=/homeless",
        ]
        for number in 0..<20 { environment[ByteString("variable\(number)")] = "some value" }
        let outputs = index % 5 == 1 ? ["out", "dev", "man"] : ["out"]
        return Derivation(
            name: "package-\(index)",
            outputs: Dictionary(uniqueKeysWithValues: outputs.map { ($0, .deferred) }),
            inputDerivations: inputs, inputSources: [script], system: "x86_64-linux",
            builder: ByteString(store.path(of: script)), arguments: ["-e", "builder.sh"],
            environment: environment)
    }

    private mutating func random(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % bound
    }

    private func save(_ text: [UInt8], _ path: String) throws {
        let file = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw BenchmarkError(path, errno) }
        var sink = FileSink(owning: file, path: path)
        try sink.write(text)
    }
}

/// What went wrong with a file.
struct BenchmarkError: Error, CustomStringConvertible {
    let description: String

    init(_ path: String, _ code: Int32) { description = "\(path): errno \(code)" }
}
