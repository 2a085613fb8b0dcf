import Archives
package import LocalStore
package import Primitives
import StoreDatabase
package import StoreModel

/// Two stores that agree on what one has and the other lacks, over two streams (`docs/formats/export.md`): who
/// gives offers a closure, who takes says what of it is missing, the export stream of that follows, and a
/// last word says that it is there.
package enum StoreConversation {
    /// The first lines of both sides; the number is that of the conversation's form.
    static let offer = "nodeos-store offers 1"
    static let answer = "nodeos-store lacks 1"
    static let end = "nodeos-store has all"

    /// A line holds a path, its NAR's hash and its signatures.
    static let maximumLine = 65_536
    /// No closure is larger.
    static let maximumLines = 4_000_000

    // MARK: Who gives

    /// Offers the closure of `paths`, or only them, and writes what the other side lacks.
    ///
    /// - Parameter end: called when all is written: the other side then reads to the end, whatever it is.
    /// - Returns: what was written, when the other side has said that it has it.
    /// - Throws: ``StoreConversationError``; as `LocalStore.export(_:into:)`.
    package static func give<Source: ByteSource & ~Copyable, Sink: ByteSink>(
        _ paths: [StorePath], of store: LocalStore, withClosure: Bool = true,
        from source: consuming Source, into sink: inout Sink,
        end close: () -> Void = {}, onEvent: (GivingEvent) -> Void = { _ in }
    ) throws -> [StorePath] {
        try store.addTemporaryRoots(paths)
        let offered = withClosure ? try store.database.closure(of: paths) : paths
        let infos = try store.inClosureOrder(store.database.infos(offered))
        var text = offer + "\n"
        for info in infos {
            let words = [info.path.baseName, info.narHash.prefixedNix32] + info.signatures
            text += words.joined(separator: " ") + "\n"
        }
        try sink.write(Array((text + "\n").utf8))
        var lines = LineSource(source)
        try lines.expect(answer)
        let byName = Dictionary(infos.map { ($0.path.baseName, $0) }) { first, _ in first }
        let missing = try lines.block().map { line throws in
            guard let info = byName[line] else {
                throw StoreConversationError.unexpected(line, wanted: "a path that was offered")
            }
            return info
        }
        onEvent(
            .planned(
                count: missing.count, narSize: missing.map(\.narSize).saturatingSum,
                present: infos.count - missing.count))
        let written = try store.inClosureOrder(missing).map(\.path)
        try store.export(written, into: &sink)
        close()
        try lines.expect(end)
        for info in missing { onEvent(.finished(info, size: info.narSize)) }
        return written
    }

    // MARK: Who takes

    /// Takes what is offered and missing in `store`. As with every import, nothing proves what comes but for
    /// derivations and what its own name proves.
    ///
    /// - Parameter wanted: what was asked for; an offer without it is refused.
    /// - Returns: what was taken, each path after what it refers to.
    /// - Throws: ``StoreConversationError``; as `LocalStore.importItems(from:accept:onValid:)`.
    package static func take<Source: ByteSource & ~Copyable, Sink: ByteSink>(
        wanting wanted: [StorePath] = [], into store: LocalStore,
        from source: consuming Source, answering sink: inout Sink
    ) throws -> [StorePath] {
        var lines = LineSource(source)
        try lines.expect(offer)
        var offers: [StorePath: Offer] = [:]
        var order: [StorePath] = []
        for line in try lines.block() {
            let offer = try Offer(line)
            guard offers.updateValue(offer, forKey: offer.path) == nil else {
                throw StoreConversationError.unexpected(line, wanted: "each path once")
            }
            order.append(offer.path)
        }
        if let absent = wanted.first(where: { offers[$0] == nil }) {
            throw StoreConversationError.notOffered(absent)
        }
        try store.addTemporaryRoots(order)
        let known = try store.database.validPaths(among: order)
        let missing = order.filter { !known.contains($0) }
        let text = ([answer] + missing.map(\.baseName)).map { $0 + "\n" }.joined() + "\n"
        try sink.write(Array(text.utf8))
        let lacking = Set(missing)
        let taken = TakenPaths()
        try store.importItems(from: lines) { info in
            guard lacking.contains(info.path), let offer = offers[info.path] else {
                throw StoreConversationError.unexpected("\(info.path)", wanted: "what is missing")
            }
            guard offer.narHash == info.narHash else {
                throw LocalStoreError.wrongContent(
                    info.path, stated: offer.narHash.prefixedNix32,
                    computed: info.narHash.prefixedNix32)
            }
        } onValid: {
            taken.paths.append($0)
        }
        let there = Set(taken.paths)
        if let absent = missing.first(where: { !there.contains($0) }) {
            throw StoreConversationError.notOffered(absent)
        }
        try addSignatures(of: offers, to: store)
        try sink.write(Array((end + "\n").utf8))
        return taken.paths
    }

    /// Collects what has become valid.
    private final class TakenPaths { var paths: [StorePath] = [] }

    private static func addSignatures(
        of offers: [StorePath: Offer], to store: LocalStore
    ) throws {
        var missing: [StorePath: [String]] = [:]
        for info in try store.database.infos(offers.keys.sorted()) {
            // A signature is of these bytes, and means nothing for others.
            guard let offer = offers[info.path], offer.narHash == info.narHash else { continue }
            let new = offer.signatures.filter { !info.signatures.contains($0) }
            if !new.isEmpty { missing[info.path] = new }
        }
        try store.addSignatures(missing)
    }

    /// A line of an offer.
    private struct Offer {
        let path: StorePath
        let narHash: Digest
        let signatures: [String]

        init(_ line: String) throws {
            let words = line.split(separator: " ").map(String.init)
            guard words.count >= 2, words.dropFirst(2).allSatisfy({ $0.contains(":") }) else {
                throw StoreConversationError.unexpected(line, wanted: "a path and its hash")
            }
            path = try StorePath(baseName: words[0])
            narHash = try Digest(parsing: words[1])
            signatures = Array(words.dropFirst(2))
        }
    }
}

/// Why a conversation ended before its end.
package enum StoreConversationError: Error, Sendable, CustomStringConvertible {
    /// The other side said this, and something else was expected.
    case unexpected(String, wanted: String)
    /// The other side went away.
    case ended(wanted: String)
    /// Something that was asked for was not offered, or was offered and did not come.
    case notOffered(StorePath)

    /// The sentence a user reads.
    package var description: String {
        switch self {
        case .unexpected(let line, let wanted):
            "the other side says '\(line.oneLine.prefix(200))' where '\(wanted)' was expected; does it have "
                + "this version of nodeos-store, and does its shell print nothing by itself?"
        case .ended(let wanted):
            "the other side went away where '\(wanted)' was expected"
        case .notOffered(let path): "the other side does not give '\(path)'"
        }
    }
}

/// Lines, and behind them whatever follows.
struct LineSource<Source: ByteSource & ~Copyable>: ByteSource, ~Copyable {
    private var source: Source
    private var chunk = [UInt8](repeating: 0, count: 65_536)
    private var start = 0
    private var end = 0

    init(_ source: consuming Source) { self.source = source }

    mutating func read(into buffer: inout [UInt8]) throws -> Int {
        guard start < end else { return try source.read(into: &buffer) }
        let count = min(end - start, buffer.count)
        buffer.replaceSubrange(..<count, with: chunk[start..<(start + count)])
        start += count
        return count
    }

    /// The next line, without its newline; `nil` at the end.
    mutating func line() throws -> String? {
        var bytes: [UInt8] = []
        while true {
            if start == end {
                (start, end) = (0, try source.read(into: &chunk))
                if end == 0 { return nil }
            }
            if let newline = chunk[start..<end].firstIndex(of: UInt8(ascii: "\n")) {
                bytes += chunk[start..<newline]
                start = newline + 1
                return String(decoding: bytes, as: UTF8.self)
            }
            bytes += chunk[start..<end]
            start = end
            guard bytes.count <= StoreConversation.maximumLine else {
                throw StoreConversationError.unexpected(
                    String(decoding: bytes.prefix(80), as: UTF8.self), wanted: "a shorter line")
            }
        }
    }

    /// Reads the line `text`.
    mutating func expect(_ text: String) throws {
        guard let line = try line() else { throw StoreConversationError.ended(wanted: text) }
        guard line == text else {
            throw StoreConversationError.unexpected(line, wanted: text)
        }
    }

    /// The lines up to an empty one.
    mutating func block() throws -> [String] {
        var lines: [String] = []
        while true {
            guard let line = try line() else {
                throw StoreConversationError.ended(wanted: "an empty line")
            }
            if line.isEmpty { return lines }
            lines.append(line)
            guard lines.count <= StoreConversation.maximumLines else {
                throw StoreConversationError.unexpected(line, wanted: "fewer lines")
            }
        }
    }
}
