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
        guard let digest = try? Digest(parsing: String(rest)), !references.contains(path),
            let expected = try? address(method, digest, in: store), expected == path
        else { return nil }
        return (method, digest)
    }

    private func address(
        _ method: ContentAddressMethod, _ digest: Digest, in store: StoreDirectory
    ) throws(StorePathError) -> StorePath? {
        switch (method, digest.algorithm) {
        case (.text, .sha256):
            try store.textPath(name: path.name, contents: digest, references: references)
        case (.recursive, .sha256):
            try store.sourcePath(name: path.name, narHash: digest, references: references)
        case (.text, _), (.git, _): nil
        default:
            // Such names have no place for references.
            references.isEmpty
                ? try store.fixedOutputPath(name: path.name, method: method, digest: digest) : nil
        }
    }
}
