import Primitives

/// Compares two file trees as a NAR sees them: names, kinds, contents, targets, execution; neither
/// times nor owners. Memory does not grow with the size of files.
///
/// - Parameter limit: how many differences to return; all are counted. What is in one tree only is
///   one difference, whatever lies below it.
/// - Returns: the first differences in the order of the names' bytes, and how many there are.
/// - Throws: ``ArchivesError`` for what cannot be read.
package func compareTrees(
    _ first: borrowing TreeLocation, _ second: borrowing TreeLocation, limit: Int
) throws -> (differences: [TreeDifference], count: Int) {
    var comparison = TreeComparison(limit: limit)
    try comparison.nodes(
        first.name, in: first.parent, second.name, in: second.parent, path: [], depth: 0)
    return (comparison.differences, comparison.count)
}

private struct TreeComparison {
    let limit: Int
    var differences: [TreeDifference] = []
    var count = 0
    private var one: [UInt8] = []
    private var other: [UInt8] = []

    init(limit: Int) { self.limit = limit }

    mutating func nodes(
        _ first: FileName, in firstParent: borrowing DirectoryDescriptor,
        _ second: FileName, in secondParent: borrowing DirectoryDescriptor,
        path: [FileName], depth: Int
    ) throws {
        guard depth < TreeWalker.maximumDepth else {
            throw ArchivesError.tooDeep(path: firstParent.path(of: first))
        }
        let one = try firstParent.status(of: first)
        let other = try secondParent.status(of: second)
        switch (one.kind, other.kind) {
        case (.directory, .directory):
            try directories(
                firstParent.openDirectory(first), secondParent.openDirectory(second), path, depth)
        case (.symlink, .symlink):
            let targets = (try firstParent.readLink(first), try secondParent.readLink(second))
            if targets.0 != targets.1 { add(path, .targets(targets.0, targets.1)) }
        case (.regular, .regular):
            if one.isExecutable != other.isExecutable { add(path, .executable(one.isExecutable)) }
            let offset = try firstDifference(
                firstParent.openFile(first), secondParent.openFile(second))
            if let offset { add(path, .contents(offset: offset, sizes: one.size, other.size)) }
        default: add(path, .kinds(one.kind.name, other.kind.name))
        }
    }

    private mutating func directories(
        _ first: consuming DirectoryDescriptor, _ second: consuming DirectoryDescriptor,
        _ path: [FileName], _ depth: Int
    ) throws {
        let one = try DirectoryListing(of: first)
        let other = try DirectoryListing(of: second)
        var (left, right) = (0, 0)
        while left < one.count || right < other.count {
            let name = left < one.count ? one.name(at: left) : nil
            let otherName = right < other.count ? other.name(at: right) : nil
            if let name, otherName.map({ name < $0 }) ?? true {
                add(path + [name], .onlyInFirst)
                left += 1
            } else if let otherName, name.map({ otherName < $0 }) ?? true {
                add(path + [otherName], .onlyInSecond)
                right += 1
            } else if let name {
                try nodes(
                    name, in: first, name, in: second, path: path + [name], depth: depth + 1)
                left += 1
                right += 1
            }
        }
    }

    /// The number of equal bytes before the first that differs; `nil` when none does.
    private mutating func firstDifference(
        _ first: consuming OpenFile, _ second: consuming OpenFile
    ) throws -> UInt64? {
        var offset: UInt64 = 0
        while true {
            try first.readPiece(into: &one)
            try second.readPiece(into: &other)
            let common = min(one.count, other.count)
            if one[..<common] != other[..<common] {
                let index = (0..<common).first { one[$0] != other[$0] } ?? 0
                return offset + UInt64(index)
            }
            offset += UInt64(common)
            if one.count != other.count { return offset }
            if one.isEmpty { return nil }
        }
    }

    private mutating func add(_ path: [FileName], _ kind: TreeDifference.Kind) {
        count += 1
        guard differences.count < limit else { return }
        let bytes = Array(path.map(\.bytes).joined(separator: [0x2f]))
        differences.append(TreeDifference(path: ByteString(bytes), kind: kind))
    }
}

extension NodeStatus.Kind {
    /// The word for people.
    fileprivate var name: String {
        switch self {
        case .regular: "file"
        case .directory: "directory"
        case .symlink: "symbolic link"
        case .other(let name): name
        }
    }
}
