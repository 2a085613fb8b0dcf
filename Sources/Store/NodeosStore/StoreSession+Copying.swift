import LocalStore
public import Primitives
import StoreDatabase
public import StoreModel

extension StoreSession {
    /// Copies the closure of `paths` into another store of the same store directory. Only what is missing
    /// there is copied, and everything is hashed on its way.
    ///
    /// - Parameters:
    ///   - paths: valid paths.
    ///   - destination: opened for writing.
    ///   - onCopy: told of each path when it is valid there.
    /// - Returns: what was copied, each path after those that it refers to.
    /// - Throws: ``StoreError/store(_:)`` with `wrongContent` for a path that was altered here.
    @discardableResult
    public func copy(
        _ paths: [StorePath], to destination: StoreSession,
        onCopy: (PathInfo) throws -> Void = { _ in }
    ) throws(StoreError) -> [StorePath] {
        try StoreError.wrapping {
            var copied: [StorePath] = []
            try withoutActuallyEscaping(onCopy) { onCopy in
                try store.copy(paths, to: destination.store) { info in
                    copied.append(info.path)
                    try onCopy(info)
                }
            }
            return copied
        }
    }

    /// Writes `paths`, and not what they refer to, as a stream that ``importItems(from:onValid:)`` and
    /// `nix-store --import` read. ``closure(of:includesOutputs:)`` tells what else is needed elsewhere.
    ///
    /// - Throws: ``StoreError/store(_:)`` with `wrongContent` for a path that was altered: the stream then has
    ///   no end, so that nobody takes it for whole.
    public func export<Sink: ByteSink>(
        _ paths: [StorePath], into sink: inout Sink
    ) throws(StoreError) {
        do { try store.export(paths, into: &sink) } catch { throw StoreError(error) }
    }

    /// Adds the items of a stream that ``export(_:into:)``, `nix-store --export` or `guix archive` wrote.
    /// Nothing proves that they are what their derivations make: import only what you trust.
    ///
    /// - Parameters:
    ///   - source: the stream, which is read to its end.
    ///   - onValid: told of each path when it is valid.
    /// - Returns: the paths, in their order.
    /// - Throws: ``StoreError/store(_:)`` with `malformedExport`; what came before is valid.
    @discardableResult
    public func importItems<Source: ByteSource & ~Copyable>(
        from source: consuming Source, onValid: @escaping (StorePath) throws -> Void = { _ in }
    ) throws(StoreError) -> [StorePath] {
        var imported: [StorePath] = []
        do {
            try store.importItems(from: source) { path in
                imported.append(path)
                try onValid(path)
            }
        } catch { throw StoreError(error) }
        return imported
    }
}
