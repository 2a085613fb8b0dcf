/// The mirrors file: which mirrors and which content-addressed sources to use.
///
/// Lines `mirror NAME URL` and `source-mirror URL`; `#` begins a comment. The order of the lines is
/// the order of the tries.
public struct MirrorConfiguration: Hashable, Sendable {
    /// The mirrors by name, each list in the order of the file.
    public private(set) var mirrors: [String: [DownloadMirror]] = [:]
    /// The content-addressed sources, in the order of the file.
    public private(set) var sourceMirrors: [DownloadMirror] = []

    /// A configuration without a line.
    public init() {}

    /// Reads the text of a mirrors file; `path` is for messages.
    ///
    /// - Throws: ``MirrorError/malformedDefinition(origin:reason:)`` with path and line for
    ///   anything that is not understood: a line that is skipped in silence is a mirror not used.
    public init(parsing text: String, path: String) throws(MirrorError) {
        var number = 0
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            number += 1
            let origin = "\(path):\(number)"
            let content = line.prefix { $0 != "#" }
            let words = content.split(whereSeparator: \.isWhitespace)
            switch (words.first, words.count) {
            case (nil, _): continue
            case ("mirror", 3):
                let name = String(words[1])
                guard MirrorTable.isName(name) else {
                    throw .malformedDefinition(
                        origin: origin, reason: MirrorTable.nameRule(name))
                }
                mirrors[name, default: []].append(try DownloadMirror(words[2], origin: origin))
            case ("source-mirror", 2):
                sourceMirrors.append(try DownloadMirror(words[1], origin: origin))
            default:
                throw .malformedDefinition(
                    origin: origin,
                    reason: "expected 'mirror NAME URL' or 'source-mirror URL', found "
                        + "'\(DownloadURL.redact(String(content)))'")
            }
        }
    }

    /// Appends what another file says.
    mutating func append(_ other: MirrorConfiguration) {
        mirrors.merge(other.mirrors) { $0 + $1 }
        sourceMirrors += other.sourceMirrors
    }
}
