/// Where something that is open was found, for messages: written out only when there is one, since most files
/// that are opened never appear in any.
package final class MessagePath: Sendable {
    private enum Place {
        case path(String)
        case entry(FileName, of: MessagePath)
    }

    private let place: Place
    private let depth: Int

    /// In trees deeper than any path can be it stops growing: it is only for people.
    private static let maximumDepth = 1024

    /// A path that is known as text.
    package init(_ text: String) {
        place = .path(text)
        depth = 0
    }

    private init(_ name: FileName, in directory: MessagePath) {
        place = .entry(name, of: directory)
        depth = directory.depth + 1
    }

    /// The path of an entry of this directory.
    func entry(_ name: FileName) -> MessagePath {
        depth < Self.maximumDepth ? MessagePath(name, in: self) : self
    }

    /// The path of the directory that this is in, as far as it is known.
    var parent: MessagePath? {
        if case .entry(_, let directory) = place { directory } else { nil }
    }

    /// The path.
    package var text: String {
        var names: [FileName] = []
        var current = self
        while case .entry(let name, let directory) = current.place {
            names.append(name)
            current = directory
        }
        guard case .path(var text) = current.place else { return "" }
        for name in names.reversed() { text = Self.text(of: name, in: text) }
        return text
    }

    /// The path of an entry of a directory.
    static func text(of name: FileName, in directory: String) -> String {
        if directory == "/" { return "/\(name)" }
        return directory.utf8.count > 4096 ? directory : "\(directory)/\(name)"
    }
}
