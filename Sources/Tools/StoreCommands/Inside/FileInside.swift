import Archives
import LocalStore
import Primitives
import StoreDatabase
import StoreModel
import SystemSupport

/// A file inside a valid store path, as a user named it.
struct FileInside {
    private let layout: StoreLayout
    /// Where it is, absolute, in the logical store directory.
    private(set) var path: String

    /// Finds what `text` names: a store path or base name, with anything behind it, or a link that
    /// leads to either. Links on the way are followed, as they lead inside the store.
    ///
    /// - Parameter followsLast: whether a link at the end is followed too.
    /// - Throws: ``StoreCommandsError/badArgument(_:reason:)``; when the store path is not valid,
    ///   `StoreDatabaseError`.
    init(_ text: String, in store: LocalStore, _ context: CommandContext, followsLast: Bool) throws
    {
        layout = store.layout
        path = context.absolute(text)
        if (try? StorePath(baseName: text.pathComponents.first ?? "")) != nil,
            !SymbolicLink.exists(path)
        {
            path = store.storeDirectory.path + "/" + text
        }
        var rest = Self.parts(path)
        var done: [String] = []
        var count = 0
        while let part = rest.first {
            rest.removeFirst()
            if part == ".." {
                _ = done.popLast()
                continue
            }
            done.append(part)
            if rest.isEmpty, !followsLast { break }
            guard let target = SymbolicLink.target(of: real("/" + done.joined(separator: "/")))
            else { continue }
            count += 1
            guard count <= 40 else {
                throw StoreCommandsError.badArgument(text, reason: "links lead in a circle")
            }
            done = target.isAbsolutePath ? [] : done.dropLast()
            rest = Self.parts(target) + rest
        }
        path = logical("/" + done.joined(separator: "/"))
        guard let item = try? store.storeDirectory.parse(below: path) else {
            throw StoreCommandsError.badArgument(
                text, reason: "it is not inside the store '\(store.storeDirectory)'")
        }
        guard try store.database.isValid(item) else { throw StoreDatabaseError.notValid(item) }
    }

    private static func parts(_ path: String) -> [String] {
        path.pathComponents.filter { $0 != "." }
    }

    /// Its directory and name on this machine.
    func location() throws -> TreeLocation { try TreeLocation(real(path)) }

    private func real(_ path: String) -> String {
        replacing(layout.storeDirectory.path, with: layout.realStoreDirectory, in: path)
    }

    private func logical(_ path: String) -> String {
        replacing(layout.realStoreDirectory, with: layout.storeDirectory.path, in: path)
    }

    private func replacing(_ prefix: String, with other: String, in path: String) -> String {
        if path == prefix { return other }
        return path.path(below: prefix).map { other + "/" + $0 } ?? path
    }
}
