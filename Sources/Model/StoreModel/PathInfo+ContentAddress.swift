public import Primitives

extension PathInfo {
    /// The digest that proves the contents of the path, and how it is made: what the content address
    /// states, when the path's own name follows from it and from the references.
    ///
    /// - Returns: `nil` when there is no content address, or another path follows from it; also for
    ///   trees that name themselves, whose digest leaves those places out.
    public func provingDigest(
        in store: StoreDirectory
    ) -> (method: ContentAddressMethod, digest: Digest)? {
        guard let (method, digest) = parsedContentAddress, !references.contains(path),
            address(method, digest, in: store) == path
        else { return nil }
        return (method, digest)
    }

    /// Whether there is a content address from which this path does not follow. One of a kind that
    /// nobody here can compute is not judged.
    public func hasFalseContentAddress(in store: StoreDirectory) -> Bool {
        guard let text = contentAddress, !text.hasPrefix("fixed:git:") else { return false }
        guard let (method, digest) = parsedContentAddress else { return true }
        return address(method, digest, in: store) != path
    }

    /// What the content address says; `nil` when there is none, or nothing that can be read.
    private var parsedContentAddress: (method: ContentAddressMethod, digest: Digest)? {
        guard let text = contentAddress else { return nil }
        let method: ContentAddressMethod
        let rest: Substring
        if text.hasPrefix("text:") {
            (method, rest) = (.text, text.dropFirst("text:".count))
        } else if text.hasPrefix("fixed:r:") {
            (method, rest) = (.recursive, text.dropFirst("fixed:r:".count))
        } else if text.hasPrefix("fixed:") {
            (method, rest) = (.flat, text.dropFirst("fixed:".count))
        } else {
            return nil
        }
        // What cannot be read states no digest.
        return (try? Digest(parsing: String(rest))).map { (method, $0) }
    }

    /// The path that follows from an address and the references; `nil` when none does.
    private func address(
        _ method: ContentAddressMethod, _ digest: Digest, in store: StoreDirectory
    ) -> StorePath? {
        let others = references.subtracting([path])
        let isSelfReferring = others.count != references.count
        // The name is that of a path, so nothing can be wrong with it.
        return try? {
            switch (method, digest.algorithm) {
            case (.text, .sha256) where !isSelfReferring:
                try store.textPath(name: path.name, contents: digest, references: others)
            case (.recursive, .sha256):
                try store.sourcePath(
                    name: path.name, narHash: digest, references: others,
                    selfReference: isSelfReferring)
            case (.text, _), (.git, _): nil
            default:
                // Such names have no place for references.
                references.isEmpty
                    ? try store.fixedOutputPath(name: path.name, method: method, digest: digest)
                    : nil
            }
        }()
    }
}
