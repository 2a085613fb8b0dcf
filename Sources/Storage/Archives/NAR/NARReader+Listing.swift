package import Primitives

extension NARReader where Source: ~Copyable {
    /// Reads the archive to its end and tells of what is at `path` and below it, in the archive's order;
    /// nothing is kept, however many files there are.
    ///
    /// - Parameters:
    ///   - path: such as `bin`; empty for all. Symbolic links are not followed.
    ///   - isRecursive: whether also what lies in the directories below is told of.
    ///   - body: gets the names behind `path`, none for a file that is at `path` itself, and what is
    ///     there; directories come without their entries.
    /// - Returns: whether something is at `path`.
    /// - Throws: ``ArchivesError/malformedNAR(offset:reason:)``, and what the source and `body` throw.
    package mutating func list(
        _ path: ByteString, isRecursive: Bool,
        _ body: (_ names: ArraySlice<FileName>, _ node: NARListing.Node) throws -> Void
    ) throws -> Bool {
        let wanted = path.bytes.split(separator: 0x2f).map { Array($0) }
        var current: [FileName] = []
        /// How many names of `current` are those of open directories, and one more when the root is.
        var depth = 0
        var isFound = false
        while let event = try next() {
            let node: NARListing.Node
            switch event {
            case .entry(let name):
                current.removeLast(current.count - (depth - 1))
                current.append(name)
                continue
            case .endDirectory:
                depth -= 1
                current.removeLast(max(0, current.count - depth))
                continue
            case .directory:
                node = .directory([])
                depth += 1
            case .symlink(let target): node = .symlink(target: target)
            case .regular(let executable, let size):
                node = .regular(executable: executable, size: size, offset: input.offset)
            }
            guard current.count >= wanted.count,
                zip(current, wanted).allSatisfy({ $0.bytes.elementsEqual($1) })
            else { continue }
            isFound = true
            let names = current[wanted.count...]
            if case .directory = node, names.isEmpty { continue }
            if names.count <= 1 || isRecursive { try body(names, node) }
        }
        return isFound
    }
}
