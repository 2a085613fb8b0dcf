public import Primitives

/// Knows where `mirror://NAME/` is, on this machine and for this run.
///
/// For one name the places are tried in this order: `--mirror NAME=URL` options, the environment
/// (`NODEOS_MIRROR_<NAME>`), the mirrors file, and for `debian` the machine's own apt
/// configuration. After all URLs come the content-addressed sources (`--source-mirror`, then the
/// mirrors file), laid out as `<algorithm>/<digest in lower-case base 16>`.
public struct MirrorTable: Sendable, Hashable {
    private let options: [String: [DownloadMirror]]
    private let environment: [String: String]
    private let configuration: MirrorConfiguration
    private let apt: [DownloadMirror]
    private let sourceMirrors: [DownloadMirror]

    /// No mirror.
    public static let none = MirrorTable()

    private init() {
        options = [:]
        environment = [:]
        configuration = MirrorConfiguration()
        apt = []
        sourceMirrors = []
    }

    /// What the places that are given for one run are called where somebody gives them.
    public struct OptionNames: Sendable {
        /// The name of an option for a mirror.
        public var mirror: String
        /// The name of an option for a content-addressed source.
        public var sourceMirror: String

        /// The names.
        public init(mirror: String = "a mirror", sourceMirror: String = "a source mirror") {
            self.mirror = mirror
            self.sourceMirror = sourceMirror
        }
    }

    /// A table from its parts; nothing is read from the machine.
    ///
    /// - Parameters:
    ///   - options: values of `--mirror`, `NAME=URL` each.
    ///   - environment: the environment; only `NODEOS_MIRROR_…` is looked at. A value may hold
    ///     several URLs, separated by spaces.
    ///   - configuration: the mirrors file.
    ///   - apt: the Debian mirrors of the machine, as ``AptConfiguration`` finds them.
    ///   - sourceMirrors: values of `--source-mirror`: URLs or absolute paths of directories.
    ///   - names: what the user calls the first and the last of these, for messages.
    /// - Throws: ``MirrorError`` for an option that is not understood. A bad variable is reported
    ///   when its mirror is asked for.
    public init(
        options: [String] = [], environment: [String: String] = [:],
        configuration: MirrorConfiguration = MirrorConfiguration(), apt: [DownloadMirror] = [],
        sourceMirrors: [String] = [], names: OptionNames = OptionNames()
    ) throws(MirrorError) {
        var named: [String: [DownloadMirror]] = [:]
        for option in options {
            let halves = option.split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard halves.count == 2 else {
                throw .malformedDefinition(
                    origin: names.mirror,
                    reason: "expected NAME=URL, found '\(DownloadURL.redact(option))'")
            }
            let name = String(halves[0])
            guard Self.isName(name) else {
                throw .malformedDefinition(origin: names.mirror, reason: Self.nameRule(name))
            }
            named[name, default: []].append(try DownloadMirror(halves[1], origin: names.mirror))
        }
        self.options = named
        self.environment = environment.filter { $0.key.hasPrefix(Self.variablePrefix) }
        self.configuration = configuration
        self.apt = apt
        var addressed: [DownloadMirror] = []
        for text in sourceMirrors {
            addressed.append(try DownloadMirror(text, origin: names.sourceMirror))
        }
        self.sourceMirrors = addressed + configuration.sourceMirrors
    }

    /// The places of `mirror://name/`, best first; empty when the name is unknown.
    ///
    /// - Throws: ``MirrorError/malformedDefinition(origin:reason:)`` for a bad variable.
    public func mirrors(named name: String) throws(MirrorError) -> [DownloadMirror] {
        var found = options[name] ?? []
        let variable = Self.environmentVariable(for: name)
        for text in (environment[variable] ?? "").split(whereSeparator: \.isWhitespace) {
            found.append(try DownloadMirror(text, origin: variable))
        }
        found += configuration.mirrors[name] ?? []
        if name == "debian" { found += apt }
        return found
    }

    /// The places to download from, best first and each once.
    ///
    /// - Parameters:
    ///   - urls: what a derivation lists: `http`, `https`, `file` or `mirror://NAME/PATH`.
    ///   - digest: the digest of the file's bytes; `nil` when it is not known (a digest of a NAR
    ///     names no file), then no content-addressed source is asked.
    ///   - name: what the store calls the file: stores that are published (`nodeos-store publish`, `guix
    ///     publish`) have their downloads by names and hashes.
    /// - Throws: ``MirrorError`` of the first URL that leads nowhere, but only when none leads
    ///   anywhere.
    public func resolve(
        _ urls: [String], digest: Digest?, name: String? = nil
    ) throws(MirrorError) -> [DownloadSource] {
        var sources: [DownloadSource] = []
        var firstProblem: MirrorError?
        for text in urls {
            do throws(MirrorError) {
                sources += try resolve(text).map {
                    var source = $0
                    if text.hasPrefix("mirror://") { source.stated = text }
                    return source
                }
            } catch {
                firstProblem = firstProblem ?? error
            }
        }
        if let digest {
            for mirror in sourceMirrors {
                let url = try mirror.base.appending(
                    "\(digest.algorithm.rawValue)/\(digest.base16)")
                sources.append(source(url, of: mirror, stated: urls.first))
                guard let name, mirror.base.scheme != "file" else { continue }
                let published = try mirror.base.appending(
                    DownloadURL.encode("file/\(name)/\(digest.algorithm.rawValue)/\(digest.nix32)"))
                sources.append(source(published, of: mirror, stated: urls.first))
            }
        }
        if sources.isEmpty, let firstProblem { throw firstProblem }
        var seen: Set<DownloadURL> = []
        return sources.filter { seen.insert($0.url).inserted }
    }

    private func source(
        _ url: DownloadURL, of mirror: DownloadMirror, stated: String?
    ) -> DownloadSource {
        var source = DownloadSource(url, proxy: mirror.proxy, isNamed: true)
        source.stated = stated.map { DownloadURL.redact($0) }
        return source
    }

    /// The names of `mirror://NAME/…` among `urls` that nothing says a place of, each once.
    public func unplaced(in urls: [String]) -> [String] {
        var names: [String] = []
        for url in urls {
            do throws(MirrorError) {
                _ = try resolve(url)
            } catch {
                if case .unknownMirror(let name) = error, !names.contains(name) {
                    names.append(name)
                }
            }
        }
        return names
    }

    private func resolve(_ text: String) throws(MirrorError) -> [DownloadSource] {
        let url = try DownloadURL(parsing: text)
        guard url.scheme == "mirror" else {
            guard url.isSupported else {
                throw .malformedURL(
                    shown: url.description, reason: "cannot download '\(url.scheme)' URLs")
            }
            return [DownloadSource(url, isNamed: isNamed(url))]
        }
        let halves = url.afterScheme.split(
            separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(halves[0])
        guard Self.isName(name), halves.count == 2, Self.isSafe(halves[1]) else {
            throw .unsafeMirrorPath(shown: url.description)
        }
        let mirrors = try mirrors(named: name)
        if mirrors.isEmpty { throw .unknownMirror(name: name) }
        var sources: [DownloadSource] = []
        for mirror in mirrors {
            sources.append(
                DownloadSource(
                    try mirror.base.appending(halves[1]), proxy: mirror.proxy, isNamed: true))
        }
        return sources
    }

    /// Whether a URL that a derivation spells out lies below a place that the user named.
    private func isNamed(_ url: DownloadURL) -> Bool {
        // A bad variable names nothing; it is reported when its mirror is asked for.
        let variables = environment.values.flatMap { $0.split(whereSeparator: \.isWhitespace) }
            .compactMap { try? DownloadMirror($0, origin: "") }
        let all =
            options.values.joined() + variables + configuration.mirrors.values.joined() + apt
            + sourceMirrors
        return all.contains { url.isBelow($0.base) }
    }

    private static let variablePrefix = "NODEOS_MIRROR_"

    /// The variable that places `name`: upper case, `-` as `_`.
    public static func environmentVariable(for name: String) -> String {
        variablePrefix + name.uppercased().replacing("-", with: "_")
    }

    /// Whether `name` may name a mirror: `a`–`z`, digits and `-`, not beginning with `-`.
    package static func isName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.first != UInt8(ascii: "-")
            && name.utf8.allSatisfy {
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                    || $0 == UInt8(ascii: "-")
            }
    }

    static func nameRule(_ name: String) -> String {
        "'\(name)' cannot name a mirror; use a-z, 0-9 and '-'"
    }

    /// Whether a path stays below what it is appended to, also for a server that decodes it
    /// before it looks.
    static func isSafe(_ path: Substring) -> Bool {
        // By bytes; the text is ASCII, but what it was made of need not have been.
        var plain = Array(path.lowercased().utf8)
        for (code, character) in [("%2e", "."), ("%2f", "/"), ("%5c", "\\")] {
            plain = Array(plain.replacing(Array(code.utf8), with: Array(character.utf8)))
        }
        return !path.isEmpty && !plain.contains(UInt8(ascii: "?"))
            && !plain.contains(UInt8(ascii: "#"))
            && plain.split(omittingEmptySubsequences: false) {
                $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\")
            }.allSatisfy {
                !$0.isEmpty && !$0.elementsEqual(".".utf8) && !$0.elementsEqual("..".utf8)
            }
    }
}
