package import Archives
import Primitives

/// How two file trees differ, and why probably.
package struct DifferenceReport: Hashable, Sendable {
    /// One file that is not the same on both sides.
    package struct Item: Hashable, Sendable {
        /// Which, and in what.
        package let difference: TreeDifference
        /// For two files with other contents: where inside. `nil` where the file was only counted.
        package let contents: ContentDifference?
        /// What probably made the difference.
        package let causes: [LikelyCause]
    }

    /// The differences in the order of the names' bytes, at most as many as asked for.
    package let items: [Item]
    /// How many there are.
    package let count: Int

    /// Whether nothing differs.
    package var isEmpty: Bool { count == 0 }

    /// The likely causes of all items.
    package var causes: [LikelyCause] { Set(items.flatMap(\.causes)).sorted() }

    init(items: [Item], count: Int) {
        self.items = items
        self.count = count
    }

    /// Compares two trees as a NAR sees them, and looks into the files that differ.
    ///
    /// Each file is read once to be compared; those that differ are read again, ELF files by their
    /// sections and archives by their members. Memory does not grow with the size of files.
    ///
    /// - Parameters:
    ///   - limit: how many differences are looked into and returned.
    ///   - looksInside: whether files are opened to see where they differ.
    /// - Throws: ``ArchivesError`` for what cannot be read.
    package init(
        comparing first: borrowing TreeLocation, with second: borrowing TreeLocation,
        limit: Int = 50, looksInside: Bool = true
    ) throws {
        let (differences, count) = try compareTrees(first, second, limit: limit)
        var items: [Item] = []
        for difference in differences {
            guard case .contents = difference.kind else {
                var causes: [LikelyCause] = []
                if case .executable = difference.kind { causes = [.umask] }
                if case .targets(let one, let other) = difference.kind {
                    causes = Self.cause(one, other)
                }
                items.append(Item(difference: difference, contents: nil, causes: causes))
                continue
            }
            var contents: ContentDifference?
            if looksInside {
                contents = try ContentComparison.difference(
                    Self.open(difference.path, in: first), Self.open(difference.path, in: second))
            }
            items.append(
                Item(difference: difference, contents: contents, causes: contents?.causes ?? []))
        }
        self.items = items
        self.count = count
    }

    private static func cause(_ one: ByteString, _ other: ByteString) -> [LikelyCause] {
        let index = zip(one.bytes, other.bytes).prefix { $0 == $1 }.count
        return CauseFinder().cause(one.bytes, other.bytes, at: index, offset: nil).map { [$0] }
            ?? []
    }

    private static func open(
        _ path: ByteString, in tree: borrowing TreeLocation
    ) throws -> OpenFile {
        var names = [tree.name]
        for part in path.bytes.split(separator: 0x2f) {
            names.append(try FileName(ByteString(Array(part))))
        }
        var parent = try tree.parent.reopened()
        for name in names.dropLast() { parent = try parent.openDirectory(name) }
        return try parent.openFile(names[names.count - 1])
    }
}
