/// What a machine's apt configuration says about Debian mirrors: a machine that can install
/// Debian packages can also fetch Debian's sources, from the same place.
package struct AptConfiguration: Hashable, Sendable {
    /// The contents of files in the one-line format (`sources.list`, `*.list`).
    package var lists: [String] = []
    /// The contents of files in the deb822 format (`*.sources`).
    package var stanzas: [String] = []
    /// The contents of configuration files (`apt.conf.d/*`, then `apt.conf`), for proxies.
    package var settings: [String] = []
    /// The contents of the lists that `mirror+file:` entries name, by path.
    package var mirrorLists: [String: String] = [:]

    /// A configuration without files.
    package init() {}

    /// The Debian release whose entries come first: the one the package graph is pinned to.
    private static let release = "bookworm"
    /// Suites of Debian's own archive; its pool holds the files of all of them.
    private static let suites: Set = [
        "bookworm-updates", "oldoldstable", "oldstable", "stable", "testing", "unstable", "sid",
        "bullseye", "trixie", "forky",
    ]

    /// The paths that `mirror+file:` entries name, for whoever reads files.
    var mirrorListPaths: [String] {
        entries.compactMap { Self.path($0.uri, scheme: "mirror+file:") }
    }

    /// The mirrors of Debian's main archive, best first: entries for the release with Debian's
    /// own key or none named, then with another key, then for other suites of Debian. Entries of
    /// the security archive, of other archives, and those apt reaches by other means are left
    /// out. With each comes apt's proxy for it.
    package func debianMirrors() -> [DownloadMirror] {
        var proxies = AptProxies()
        for text in settings { proxies.read(text) }
        var ranked: [[DownloadMirror]] = [[], [], []]
        var seen: Set<DownloadURL> = []
        for entry in entries {
            guard let rank = Self.rank(entry) else { continue }
            for text in bases(entry.uri) {
                guard let url = try? DownloadURL(parsing: text),
                    // What is no place for downloads offers nothing.
                    let mirror = try? DownloadMirror(
                        base: url, proxy: proxies.proxy(for: url), origin: "apt configuration")
                else { continue }
                ranked[rank].append(mirror)
            }
        }
        return ranked.joined().filter { seen.insert($0.base).inserted }
    }

    private var entries: [AptEntry] {
        lists.flatMap { AptEntry.parse(list: $0) } + stanzas.flatMap { AptEntry.parse(stanzas: $0) }
    }

    private static func rank(_ entry: AptEntry) -> Int? {
        guard entry.components.contains("main"), !entry.uri.contains("security") else { return nil }
        if entry.suites.contains(release) {
            return entry.signedBy.map { $0.contains("debian-archive") } ?? true ? 0 : 1
        }
        return entry.suites.contains { suites.contains($0) } ? 2 : nil
    }

    /// What stands behind apt's spelling of a base.
    private func bases(_ uri: String) -> [String] {
        if let path = Self.path(uri, scheme: "mirror+file:") {
            return (mirrorLists[path] ?? "").split(whereSeparator: \.isNewline).compactMap {
                $0.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace).first.map(String.init)
            }.flatMap { $0.hasPrefix("mirror") ? [] : bases($0) }
        }
        for scheme in ["file:", "copy:"] {
            if let path = Self.path(uri, scheme: scheme) { return [path] }
        }
        return [uri]
    }

    /// The absolute path of `file:/a`, `file:///a` and the like.
    private static func path(_ uri: String, scheme: String) -> String? {
        guard uri.hasPrefix(scheme) else { return nil }
        let path = uri.dropFirst(scheme.count)
        return path.hasPrefix("/") ? "/" + path.drop { $0 == "/" } : nil
    }
}
