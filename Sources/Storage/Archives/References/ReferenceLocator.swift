import Primitives

/// Finds where in a tree hash parts occur: for the message when a reference is forbidden.
///
/// - Returns: for every file and hash part the first place, in the order of the tree.
/// - Throws: ``ArchivesError`` when the tree cannot be read.
package func locateReferences(
    to hashParts: some Sequence<String>, in name: FileName,
    of directory: borrowing DirectoryDescriptor
) throws -> [ReferenceLocation] {
    var locator = ReferenceLocator(hashParts: Array(hashParts))
    var walker = TreeWalker()
    try walker.walk(name, in: directory, visiting: &locator)
    return locator.locations
}

/// Scans every name, target and file of a tree by itself.
private struct ReferenceLocator: TreeVisitor {
    let hashParts: [String]
    var locations: [ReferenceLocation] = []
    private var path: [FileName] = []
    /// How many names of `path` are those of open directories.
    private var depth = 0
    private let empty: ReferenceScanner
    private var scanner: ReferenceScanner

    init(hashParts: [String]) {
        self.hashParts = hashParts
        empty = ReferenceScanner(candidates: hashParts)
        scanner = empty
    }

    mutating func beginRegular(executable: Bool, size: UInt64) { scanner = empty }

    mutating func contents(_ bytes: Span<UInt8>) { scanner.write(bytes) }

    mutating func endRegular() {
        for (hashPart, offset) in scanner.firstOffsets.sorted(by: { $0.value < $1.value }) {
            add(hashPart, .contents(offset: offset))
        }
    }

    mutating func symlink(target: ByteString) {
        for hashPart in parts(in: target) { add(hashPart, .symlinkTarget(target)) }
    }

    mutating func beginDirectory() { depth += 1 }

    mutating func entry(_ name: FileName) {
        path.removeLast(path.count - (depth - 1))
        path.append(name)
        for hashPart in parts(in: name.byteString) { add(hashPart, .name) }
    }

    mutating func endDirectory() {
        depth -= 1
        path.removeLast(max(0, path.count - depth))
    }

    private func parts(in text: ByteString) -> [String] {
        var scanner = empty
        scanner.write(text.bytes.span)
        return scanner.firstOffsets.sorted { $0.value < $1.value }.map(\.key)
    }

    private mutating func add(_ hashPart: String, _ place: ReferenceLocation.Place) {
        let path = ByteString(Array(self.path.map(\.bytes).joined(separator: [0x2f])))
        locations.append(ReferenceLocation(hashPart: hashPart, path: path, place: place))
    }
}
