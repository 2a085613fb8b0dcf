package import Primitives

/// A file to download: where it is and what it must be.
package struct Source: Sendable, Hashable {
    /// The address; `mirror://NAME/path` leaves the server to the machine that fetches.
    package let url: String
    /// More addresses of the same bytes, in the order they are tried.
    package var mirrors: [String] = []
    /// The digest of the file's bytes.
    package let digest: Digest
    /// The file's size in bytes, when known; lets a plan say how much there is to download.
    package let size: Int64?

    /// A file to download.
    package init(url: String, digest: Digest, size: Int64? = nil) {
        self.url = url
        self.digest = digest
        self.size = size
    }

    /// A file to download, by its SHA-256 in base 16.
    ///
    /// - Throws: ``RecipesError/badDigest(url:_:)``.
    package init(url: String, sha256: String, size: Int64? = nil) throws(RecipesError) {
        do {
            self.init(url: url, digest: try Digest(parsing: sha256, algorithm: .sha256), size: size)
        } catch { throw .badDigest(url: url, error) }
    }

    /// A file of Debian's archive, with a second address for the day on which the archive has dropped it: the
    /// archive of snapshots keeps every file of every day.
    ///
    /// - Parameter path: Below the archive's root: `pool/main/…`.
    /// - Throws: ``RecipesError/badDigest(url:_:)``.
    static func debian(_ path: String, sha256: String, size: Int64) throws(RecipesError) -> Source {
        var source = try Source(url: "mirror://debian/\(path)", sha256: sha256, size: size)
        source.mirrors = ["mirror://debian-snapshot/\(Versions.debianSnapshot)/\(path)"]
        return source
    }

    /// What it is called, when not as the address says.
    package var name: String?

    /// The name in the store: the file's own, with what a store name may not hold as `-`.
    package var storeName: String {
        if let name { return name }
        let file = url.split(separator: "/").last ?? "source"
        let name = file.unicodeScalars.map { scalar in
            switch scalar {
            case "0"..."9", "a"..."z", "A"..."Z", "+", "-", ".", "_", "?", "=":
                String(scalar)
            default: "-"
            }
        }.joined()
        return name.hasPrefix(".") ? "source" + name : name
    }
}
