import SystemSupport

/// Why a list of URLs could not be turned into places to download from.
public enum MirrorError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A text is not a URL that can be used here. `shown` holds no credentials.
    case malformedURL(shown: String, reason: String)
    /// No mirror of this name is known; guessing one would send requests to a stranger.
    case unknownMirror(name: String)
    /// A `mirror://` URL whose path is empty or climbs out of the mirror.
    case unsafeMirrorPath(shown: String)
    /// A mirror's definition cannot be read; `origin` says where it stands.
    case malformedDefinition(origin: String, reason: String)
    /// A configuration file exists and cannot be read.
    case unreadable(path: String, code: Int32)

    /// The sentence for people.
    public var description: String {
        switch self {
        case .malformedURL(let shown, let reason):
            return "'\(shown)' is not a usable URL: \(reason)"
        case .unknownMirror(let name):
            let variable = MirrorTable.environmentVariable(for: name)
            let apt =
                name == "debian"
                ? "; the apt configuration of this machine names no Debian mirror either" : ""
            return "no mirror is known for mirror://\(name)/\(apt). Say where it is with "
                + "\(variable)=URL in the environment, or with a line 'mirror \(name) URL' in the "
                + "mirrors file"
        case .unsafeMirrorPath(let shown):
            return "'\(shown)' is not mirror://NAME/PATH with a path without '.' and '..'"
        case .malformedDefinition(let origin, let reason):
            return "\(origin): \(reason)"
        case .unreadable(let path, let code):
            return "cannot read the mirrors file \(path): \(systemMessage(code))"
        }
    }
}
