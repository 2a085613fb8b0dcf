import Primitives

/// A source that reads a file.
package struct FileSource: ByteSource, ~Copyable {
    private let file: OpenFile

    /// A source that takes over an open file.
    package init(_ file: consuming OpenFile) { self.file = file }

    /// A source that takes over a descriptor, such as a duplicate of standard input.
    ///
    /// - Parameter descriptor: open for reading; closed with this value.
    /// - Parameter path: a name for messages.
    package init(owning descriptor: Int32, path: String) {
        file = OpenFile(owning: descriptor, path: path)
    }

    /// A source that reads the file at `path`.
    ///
    /// - Throws: ``ArchivesError/system(operation:path:code:)``.
    package init(path: String) throws(ArchivesError) { file = try OpenFile(reading: path) }

    /// Reads at most `buffer.count` bytes into the beginning of `buffer`; 0 only at the end.
    package mutating func read(into buffer: inout [UInt8]) throws -> Int {
        try file.read(into: &buffer, count: buffer.count)
    }
}
