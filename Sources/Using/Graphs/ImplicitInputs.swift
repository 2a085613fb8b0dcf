import Primitives
import StoreModel

/// What a derivation is built with although its recipe does not name it.
///
/// A derivation does not say so. It is the item that holds its builder, the one in the variable
/// `seeds` (this project's: the shell and tools of the stage) or `stdenv` (Nix's), and, where the
/// builder is Guile as in Guix, the packages that Guix's `gnu-build-system` adds to every build.
struct ImplicitInputs {
    private var items: [StorePath] = []
    private var isGuix = false

    /// That of something that is not built.
    init() {}

    init(of derivation: Derivation) {
        guard !derivation.isBuiltin else { return }
        if let item = Self.item(in: derivation.builder.bytes) {
            items.append(item)
            isGuix = Derivation.packageName(of: item.name).hasPrefix("guile")
        }
        for key in Self.variables {
            guard let bytes = derivation.environment[key]?.bytes, let item = Self.item(in: bytes),
                !items.contains(item)
            else { continue }
            items.append(item)
        }
    }

    /// Whether nothing belongs to it.
    var isEmpty: Bool { items.isEmpty }

    /// Whether `node` belongs to it.
    func provides(_ node: GraphNode) -> Bool {
        if node.outputs.contains(where: items.contains) { return true }
        guard isGuix, node.kind == .build, node.role != .part else { return false }
        return Self.guixPackages.contains(Derivation.packageName(of: node.name))
    }

    private static let variables: [ByteString] = ["seeds", "stdenv"]

    /// The names in `%final-inputs` of Guix's `(gnu packages commencement)`, with its Guile and
    /// locales.
    private static let guixPackages: Set = [
        "bash-minimal", "bash-static", "binutils", "bzip2", "coreutils", "diffutils", "file",
        "findutils", "gawk", "gcc", "glibc", "glibc-utf8-locales", "grep", "guile", "gzip",
        "ld-wrapper", "libc-utf8-locales-for-target", "linux-libre-headers", "locales", "make",
        "patch", "sed", "tar", "xz", "zstd",
    ]

    /// The store item that the path `bytes` lies in, wherever the store is.
    private static func item(in bytes: [UInt8]) -> StorePath? {
        let dash = StorePath.hashPartCount
        var start = 0
        while bytes.count - start > dash {
            let end = bytes[start...].firstIndex(of: UInt8(ascii: "/")) ?? bytes.count
            if end - start > dash, bytes[start + dash] == UInt8(ascii: "-"),
                let name = String(validating: bytes[start..<end], as: UTF8.self),
                let path = try? StorePath(baseName: name)
            {
                return path
            }
            start = end + 1
        }
        return nil
    }
}
