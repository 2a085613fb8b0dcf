import Archives
package import Primitives
import StoreDatabase
package import StoreModel

extension LocalStore {
    /// Writes `paths` as a stream that ``importItems(from:onValid:)`` and `nix-store --import` read,
    /// each after those of them that it refers to.
    ///
    /// - Throws: ``LocalStoreError/wrongContent(_:stated:computed:)`` when a path's bytes are not
    ///   those that were registered; the stream then has no end, so that nobody takes it for whole.
    package func export<Sink: ByteSink>(_ paths: [StorePath], into sink: inout Sink) throws {
        try addTemporaryRoots(paths)
        for info in try inClosureOrder(database.infos(paths)) {
            try sink.write(ExportFormat.number(ExportFormat.item))
            var both = TeeSink(DigestSink(), sink)
            try dumpTree(info.path.fileName(), in: folder.descriptor, to: &both)
            sink = both.second
            let digest = both.first.digest()
            guard digest == info.narHash else {
                throw LocalStoreError.wrongContent(
                    info.path, stated: info.narHash.prefixedNix32,
                    computed: digest.prefixedNix32)
            }
            var trailer = ExportFormat.number(ExportFormat.magic)
            trailer += ExportFormat.string(storeDirectory.path(of: info.path))
            trailer += ExportFormat.number(UInt64(info.references.count))
            for reference in info.references.sorted() {
                trailer += ExportFormat.string(storeDirectory.path(of: reference))
            }
            trailer += ExportFormat.string(info.deriver.map(storeDirectory.path(of:)) ?? "")
            trailer += ExportFormat.number(0)
            try sink.write(trailer)
        }
        try sink.write(ExportFormat.number(ExportFormat.end))
    }

    /// Writes the NAR of a path as it lies in the store; whether it is the registered one is for the
    /// caller to see.
    package func dump<Sink: ByteSink & ~Copyable>(_ path: StorePath, into sink: inout Sink) throws {
        try dumpTree(path.fileName(), in: folder.descriptor, to: &sink)
    }

    /// `infos`, each once and after those of them that it refers to.
    package func inClosureOrder(_ infos: [PathInfo]) throws -> [PathInfo] {
        var graph = DirectedGraph<StorePath>()
        var byPath: [StorePath: PathInfo] = [:]
        for info in infos {
            graph.insert(info.path)
            byPath[info.path] = info
        }
        for info in infos {
            for reference in info.references where byPath[reference] != nil {
                graph.insert(edge: info.path, to: reference)
            }
        }
        return try graph.topologicalOrder().compactMap { byPath[$0] }
    }
}
