/// The proxies that apt is told to use, from the text of its configuration (apt.conf(5)).
struct AptProxies: Hashable {
    /// Values by key in lower case, for example `acquire::http::proxy`.
    private var values: [String: String] = [:]

    /// Reads one configuration file; what it says overrides what was read before.
    mutating func read(_ text: String) {
        var scopes: [[String]] = []
        var words: [String] = []
        var tokens = Tokens(rest: text[...])
        while let token = tokens.next() {
            switch token {
            case .word(let word): words.append(word)
            case .open:
                scopes.append(words.first.map { [$0] } ?? [])
                words = []
            case .close:
                _ = scopes.popLast()
                words = []
            case .end:
                if words.count == 2 {
                    let key = (scopes.joined() + [words[0]]).joined(separator: "::")
                    values[key.lowercased()] = words[1]
                }
                words = []
            }
        }
    }

    /// The proxy for `url`: of the host, else of the scheme; https falls back to http, as in apt.
    func proxy(for url: DownloadURL) -> ProxyChoice {
        guard url.scheme == "http" || url.scheme == "https" else { return .environment }
        let authority = url.afterScheme.prefix { $0 != "/" }
        let host = authority.split(separator: "@").last?.prefix { $0 != ":" }.lowercased() ?? ""
        let schemes = url.scheme == "https" ? ["https", "http"] : ["http"]
        for scheme in schemes {
            for key in ["acquire::\(scheme)::proxy::\(host)", "acquire::\(scheme)::proxy"] {
                guard let value = values[key], !value.isEmpty else { continue }
                if value.uppercased() == "DIRECT" || value == "false" { return .direct }
                if let address = try? DownloadURL(parsing: value) { return .through(address) }
            }
        }
        return .environment
    }

    private enum Token { case word(String), open, close, end }

    private struct Tokens {
        var rest: Substring

        mutating func next() -> Token? {
            skipSpaceAndComments()
            guard let first = rest.first else { return nil }
            switch first {
            case "{", "}", ";":
                rest.removeFirst()
                return first == "{" ? .open : first == "}" ? .close : .end
            case "\"":
                let value = rest.dropFirst().prefix { $0 != "\"" }
                rest = rest[value.endIndex...].dropFirst()
                return .word(String(value))
            default:
                let word = rest.prefix { !$0.isWhitespace && !"{};\"".contains($0) }
                rest = rest[word.endIndex...]
                return .word(String(word))
            }
        }

        /// `//` and `#` to the end of the line (which skips `#clear` and `#include` too), and
        /// `/* … */`.
        private mutating func skipSpaceAndComments() {
            while true {
                rest = rest.drop { $0.isWhitespace }
                if rest.hasPrefix("//") || rest.hasPrefix("#") {
                    rest = rest.drop { !$0.isNewline }
                } else if rest.hasPrefix("/*") {
                    guard let end = rest.firstRange(of: "*/") else {
                        rest = ""
                        return
                    }
                    rest = rest[end.upperBound...]
                } else {
                    return
                }
            }
        }
    }
}
