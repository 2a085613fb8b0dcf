/// One archive that apt is told to use.
struct AptEntry: Hashable {
    /// The archive's base as apt spells it, for example `http://…/debian` or `mirror+file:/…`.
    var uri: String
    var suites: [String]
    var components: [String]
    /// Path or text of the key, if the entry names one.
    var signedBy: String?

    /// Entries of a file in the one-line format, sources.list(5): `deb [options] URI SUITE PART…`.
    static func parse(list text: String) -> [AptEntry] {
        text.split(whereSeparator: \.isNewline).compactMap { line in
            var rest = line.prefix { $0 != "#" }.drop { $0.isWhitespace }
            guard let type = takeWord(&rest), type == "deb" || type == "deb-src" else {
                return nil
            }
            var signedBy: String?
            if rest.first == "[" {
                guard let end = rest.firstIndex(of: "]") else { return nil }
                for option in rest[rest.index(after: rest.startIndex)..<end]
                    .split(whereSeparator: \.isWhitespace)
                where option.lowercased().hasPrefix("signed-by=") {
                    signedBy = String(option.dropFirst("signed-by=".count))
                }
                rest = rest[rest.index(after: end)...].drop { $0.isWhitespace }
            }
            // A disc's name stands in brackets and holds spaces; no disc is a mirror.
            if rest.hasPrefix("cdrom:") { return nil }
            guard let uri = takeWord(&rest), let suite = takeWord(&rest) else { return nil }
            return AptEntry(
                uri: String(uri), suites: [String(suite)],
                components: rest.split(whereSeparator: \.isWhitespace).map(String.init),
                signedBy: signedBy)
        }
    }

    /// Entries of a file in the deb822 format: stanzas with `Types`, `URIs`, `Suites`, ….
    static func parse(stanzas text: String) -> [AptEntry] {
        var entries: [AptEntry] = []
        var fields: [String: String] = [:]
        var last = ""
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for line in lines + [""] {
            if line.hasPrefix("#") { continue }
            if line.allSatisfy(\.isWhitespace) {
                entries += stanza(fields)
                fields = [:]
            } else if line.first?.isWhitespace == true {
                fields[last, default: ""] += " " + line
            } else if let colon = line.firstIndex(of: ":") {
                last = line[..<colon].lowercased()
                fields[last] = String(line[line.index(after: colon)...])
            }
        }
        return entries
    }

    private static func stanza(_ fields: [String: String]) -> [AptEntry] {
        func words(_ name: String) -> [String] {
            (fields[name] ?? "").split(whereSeparator: \.isWhitespace).map(String.init)
        }
        guard
            !["no", "false", "0", "off", "without", "disable"].contains(
                words("enabled").first?.lowercased() ?? "yes"),
            words("types").contains(where: { $0 == "deb" || $0 == "deb-src" })
        else { return [] }
        return words("uris").map {
            AptEntry(
                uri: $0, suites: words("suites"), components: words("components"),
                signedBy: words("signed-by").first)
        }
    }

    private static func takeWord(_ rest: inout Substring) -> Substring? {
        let word = rest.prefix { !$0.isWhitespace }
        rest = rest[word.endIndex...].drop { $0.isWhitespace }
        return word.isEmpty ? nil : word
    }
}
