import LocalStore
public import Primitives
import StoreDatabase
public import StoreModel

extension StoreSession {
    // MARK: Names

    /// The store path that `text` spells in full; anything below an item names the item.
    ///
    /// - Throws: ``StoreError/other(_:)`` with a `StorePathError`.
    public func path(_ text: String) throws(StoreError) -> StorePath {
        try StoreError.wrapping { try storeDirectory.parse(below: text) }
    }

    /// `path` in full, as it stands in files and messages.
    public func text(of path: StorePath) -> String { storeDirectory.path(of: path) }

    /// Where the bytes of `path` are on this machine.
    public func realPath(of path: StorePath) -> String { layout.realPath(of: path) }

    // MARK: Paths

    /// Whether `path` is valid: whole, registered, and with all that it refers to.
    public func isValid(_ path: StorePath) throws(StoreError) -> Bool {
        try StoreError.wrapping { try store.database.isValid(path) }
    }

    /// Those of `paths` that are valid.
    public func validPaths(among paths: [StorePath]) throws(StoreError) -> Set<StorePath> {
        try StoreError.wrapping { try store.database.validPaths(among: paths) }
    }

    /// What is registered of `paths`, in their order.
    ///
    /// - Throws: ``StoreError/database(_:)`` with `notValid` for one that is not valid.
    public func infos(of paths: [StorePath]) throws(StoreError) -> [PathInfo] {
        try StoreError.wrapping {
            try paths.map { path in
                guard let info = try store.database.info(path) else {
                    throw StoreDatabaseError.notValid(path)
                }
                return info
            }
        }
    }

    /// What is registered of `path`; `nil` when it is not valid.
    public func info(of path: StorePath) throws(StoreError) -> PathInfo? {
        try StoreError.wrapping { try store.database.info(path) }
    }

    /// What refers to `path`, sorted.
    public func referrers(of path: StorePath) throws(StoreError) -> [StorePath] {
        try StoreError.wrapping { try store.database.referrers(of: path) }
    }

    /// `paths` and all that they refer to, each path after those that it refers to.
    ///
    /// - Parameters:
    ///   - paths: where it begins.
    ///   - includesOutputs: also the valid outputs of the derivations among them, and what these refer to.
    public func closure(
        of paths: [StorePath], includesOutputs: Bool = false
    ) throws(StoreError) -> [StorePath] {
        try StoreError.wrapping {
            try referenceGraph(of: paths, includesOutputs: includesOutputs).topologicalOrder()
        }
    }

    /// All that refers to `paths`, and they themselves, sorted.
    public func referrersClosure(of paths: [StorePath]) throws(StoreError) -> [StorePath] {
        try StoreError.wrapping { try store.database.referrersClosure(of: paths) }
    }

    /// Who refers to whom in ``closure(of:includesOutputs:)``.
    public func referenceGraph(
        of paths: [StorePath], includesOutputs: Bool = false
    ) throws(StoreError) -> DirectedGraph<StorePath> {
        try StoreError.wrapping {
            let database = store.database
            let graph = try database.referenceGraph(below: paths)
            guard includesOutputs else { return graph }
            let outputs = try graph.nodes.filter(\.isDerivation).flatMap { derivation in
                try database.outputs(of: derivation).values
            }
            let valid = try database.validPaths(among: outputs)
            return try database.referenceGraph(below: graph.nodes + valid)
        }
    }

    // MARK: Derivations

    /// The derivation in the `.drv` `path`.
    ///
    /// - Throws: ``StoreError/store(_:)`` or ``StoreError/database(_:)`` when it is not there or not one.
    public func derivation(at path: StorePath) throws(StoreError) -> Derivation {
        try StoreError.wrapping { try store.derivations.derivation(path) }
    }

    /// The outputs of the derivation `path` by name, valid or not.
    public func outputs(of path: StorePath) throws(StoreError) -> [String: StorePath] {
        try StoreError.wrapping { try store.database.outputs(of: path) }
    }

    /// The valid derivations that make `path`, sorted.
    public func derivers(of path: StorePath) throws(StoreError) -> [StorePath] {
        try StoreError.wrapping { try store.database.validDerivers(of: path) }
    }

    /// Writes the last log of the derivation `path`, or of the one that made the output `path`, into `sink`.
    ///
    /// - Throws: ``StoreError/store(_:)`` with `missingLog` when none is kept; what `sink` throws.
    public func readLog<Sink: ByteSink & ~Copyable>(
        of path: StorePath, into sink: inout Sink
    ) throws(StoreError) {
        do { try store.readLog(of: path, into: &sink) } catch { throw StoreError(error) }
    }
}
