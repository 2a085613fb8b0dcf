package import Primitives

extension NARListing.Node {
    /// As `nix store ls --json` and the `.ls` files of binary caches have it; a byte of a name that is not UTF-8
    /// stands in it as U+10FE00 plus the byte.
    ///
    /// - Parameter isRecursive: whether what lies in directories is described, too; else only its names.
    package func json(isRecursive: Bool = true) -> JSONValue { json(isRecursive, depth: 0) }

    private func json(_ isRecursive: Bool, depth: Int) -> JSONValue {
        // As Nix: of what was not asked for, only the name.
        if depth > 0, !isRecursive { return .object([:]) }
        switch self {
        case .regular(let executable, let size, let offset):
            var members: [String: JSONValue] = [
                "type": .string("regular"), "size": .integer(Int64(clamping: size)),
            ]
            if executable { members["executable"] = .bool(true) }
            if offset > 0 { members["narOffset"] = .integer(Int64(clamping: offset)) }
            return .object(members)
        case .symlink(let target):
            return .object(["type": .string("symlink"), "target": .string(target.description)])
        case .directory(let entries):
            let members = entries.map {
                JSONValue.Member(
                    key: $0.name.description, value: $0.node.json(isRecursive, depth: depth + 1))
            }
            return .object(["type": .string("directory"), "entries": .entries(members)])
        }
    }
}
