import Primitives
import StoreDatabase
import StoreModel
import Substitutes

/// The URLs that a download is known by: those that derivations named when its bytes were compared
/// with the hash, and the place they came from.
///
/// A hash that was left as it was beside a new URL would otherwise bring the old bytes for ever.
enum SourceOrigins {
    /// What is remembered after a fetch for `derivation` that brought `output` from `origin`: the URL that the
    /// derivation states, not the one of the mirror that served it.
    static func records(
        of derivation: Derivation, output: StorePath, origin: String, time: Int64
    ) -> [FetchOrigin] {
        Set([origin] + derivation.urls.map(remembered)).sorted().map {
            FetchOrigin(output: output, url: $0, time: time)
        }
    }

    /// Whether a valid download, `known` by at least one URL, is named by `derivation` with URLs none of
    /// which it is known by. One is enough: it brings these bytes, and what else is named beside it
    /// must not spoil a build without network.
    static func isStale(_ derivation: Derivation, known: [FetchOrigin]) -> Bool {
        guard !known.isEmpty, !derivation.urls.isEmpty else { return false }
        let urls = Set(known.map(\.url))
        return !derivation.urls.contains { url in
            if urls.contains(remembered(url)) { return true }
            // A mirror's file by the mirror's name, or by the URL that it has there.
            guard let path = pathBelowMirror(url) else {
                return urls.contains { pathBelowMirror($0).map(url.hasSuffix) ?? false }
            }
            return urls.contains { $0.hasSuffix(path) }
        }
    }

    /// What stands in the database: no credentials, but different for URLs that differ in them.
    private static func remembered(_ url: String) -> String {
        guard let shown = try? DownloadURL(parsing: url).description, shown != url else {
            return url
        }
        return "\(shown) \(Digest.hash(url).nix32)"
    }

    /// `/pool/x` of `mirror://debian/pool/x`: what the URLs of all its mirrors end in.
    private static func pathBelowMirror(_ url: String) -> String? {
        guard url.hasPrefix("mirror://") else { return nil }
        let rest = url.dropFirst("mirror://".count)
        return rest.firstIndex(of: "/").map { String(rest[$0...]) }
    }
}
