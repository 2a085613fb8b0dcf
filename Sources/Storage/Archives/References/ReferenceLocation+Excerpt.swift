package import Primitives

extension ReferenceLocation {
    /// The bytes around the place, for people to recognise it by: the target or name whole, of
    /// contents at most `margin` bytes on each side of the hash part.
    ///
    /// Reads nothing but these bytes, and follows no symbolic link below `directory`.
    ///
    /// - Parameters:
    ///   - name: the tree that ``path`` is a path in.
    ///   - directory: where the tree is.
    /// - Throws: ``ArchivesError`` when the tree has changed since and the file is gone.
    package func excerpt(
        in name: FileName, of directory: borrowing DirectoryDescriptor, margin: Int = 40
    ) throws(ArchivesError) -> ByteString {
        var names = [name]
        for part in path.bytes.split(separator: 0x2f) {
            names.append(try FileName(ByteString(Array(part))))
        }
        switch place {
        case .symlinkTarget(let target): return target
        case .name: return names[names.count - 1].byteString
        case .contents(let offset):
            var parent = try directory.reopened()
            for name in names.dropLast() { parent = try parent.openDirectory(name) }
            let file = try parent.openFile(names[names.count - 1])
            let before = min(offset, UInt64(margin))
            return ByteString(
                try file.bytes(
                    at: offset - before,
                    count: Int(before) + ReferenceScanner.length + margin))
        }
    }
}
