package import Primitives

/// What is in a NAR, without the contents.
package struct NARListing: Hashable, Sendable {
    /// One file.
    package indirect enum Node: Hashable, Sendable {
        /// A regular file; its contents begin at this offset of the NAR.
        case regular(executable: Bool, size: UInt64, offset: UInt64)
        /// A symbolic link.
        case symlink(target: ByteString)
        /// A directory, its entries sorted by name.
        case directory([Entry])
    }

    /// A name in a directory.
    package struct Entry: Hashable, Sendable {
        /// The name.
        package let name: FileName
        /// What has it.
        package let node: Node
    }

    /// The tree.
    package let root: Node

    init(root: Node) { self.root = root }

    /// Reads a whole NAR; contents are skipped.
    ///
    /// - Parameter limit: how many entries are kept at most.
    /// - Throws: ``ArchivesError/malformedNAR(offset:reason:)``,
    ///   ``ArchivesError/tooManyEntries(limit:)`` and what the source throws.
    package init<Source: ByteSource & ~Copyable>(
        reading reader: inout NARReader<Source>, limit: Int = .max
    ) throws {
        var rest = limit
        root = try Self.node(&reader, &rest, of: limit)
        // Skips the contents of a single file.
        _ = try reader.next()
    }

    /// The file at a path such as `bin/sh`; the root for an empty one. Symbolic links are not
    /// followed.
    ///
    /// - Returns: `nil` when there is none.
    package func node(at path: ByteString) -> Node? {
        var node = root
        for name in path.bytes.split(separator: 0x2f) {
            guard case .directory(let entries) = node,
                let entry = entries.first(where: { $0.name.bytes == name })
            else { return nil }
            node = entry.node
        }
        return node
    }

    private static func node<Source: ByteSource & ~Copyable>(
        _ reader: inout NARReader<Source>, _ rest: inout Int, of limit: Int
    ) throws -> Node {
        switch try reader.next() {
        case .regular(let executable, let size):
            return .regular(executable: executable, size: size, offset: reader.input.offset)
        case .symlink(let target): return .symlink(target: target)
        case .directory:
            var entries: [Entry] = []
            while case .entry(let name) = try reader.next() {
                rest -= 1
                guard rest >= 0 else { throw ArchivesError.tooManyEntries(limit: limit) }
                entries.append(Entry(name: name, node: try node(&reader, &rest, of: limit)))
            }
            return .directory(entries)
        case .entry, .endDirectory, nil:
            throw ArchivesError.invalidTree(reason: "the reader does not stand before a NAR")
        }
    }
}

extension NARReader where Source: ~Copyable {
    /// Writes the contents of one file of the NAR into a sink; reads no further than needed.
    ///
    /// - Parameter path: such as `bin/sh`; empty when the NAR is a single file. Symbolic links are
    ///   not followed.
    /// - Throws: ``ArchivesError/notInArchive(path:)`` when there is no such regular file.
    package mutating func copyContents<Sink: ByteSink & ~Copyable>(
        of path: ByteString, to sink: inout Sink
    ) throws {
        let wanted = path.bytes.split(separator: 0x2f)
        var current: [ArraySlice<UInt8>] = []
        /// How many names of `current` are those of open directories.
        var depth = 0
        while let event = try next() {
            switch event {
            case .entry(let name):
                current.removeLast(current.count - (depth - 1))
                current.append(name.bytes)
            case .directory: depth += 1
            case .endDirectory:
                depth -= 1
                current.removeLast(max(0, current.count - depth))
            case .regular:
                if current != wanted { continue }
                return try readContents { try sink.write($0) }
            case .symlink: continue
            }
        }
        throw ArchivesError.notInArchive(path: path.description)
    }
}
