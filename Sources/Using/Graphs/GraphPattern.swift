import Glibc
import StoreModel

/// What a person means by a node: a pattern of the shell (`*`, `?`, `[a-z]`) for its name, its base
/// name with the hash, or its store path; so a plain name or path means just that.
package struct GraphPattern: Sendable {
    /// The pattern as written.
    package let text: String

    /// A pattern. Of a store path only the last component counts.
    package init(_ text: String) {
        self.text = text
        pattern = text.split(separator: "/").last.map { String($0) } ?? text
    }

    private let pattern: String

    /// Whether `node`, or what it makes, is meant.
    package func matches(_ node: GraphNode) -> Bool {
        matches(node.name) || matches(node.path.baseName)
            || node.outputs.contains { matches($0.baseName) }
            || (node.kind == .stage && matches(node.identifier))
    }

    private func matches(_ name: String) -> Bool { unsafe fnmatch(pattern, name, 0) == 0 }
}
