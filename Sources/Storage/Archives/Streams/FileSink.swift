import Primitives

/// A sink that writes to a file.
package struct FileSink: ByteSink, ~Copyable {
    private let file: OpenFile

    /// A sink that takes over an open file.
    package init(_ file: consuming OpenFile) { self.file = file }

    /// A sink that takes over a descriptor, such as a duplicate of standard output.
    ///
    /// - Parameter descriptor: open for writing; closed with this value.
    /// - Parameter path: a name for messages.
    package init(owning descriptor: Int32, path: String) {
        file = OpenFile(owning: descriptor, path: path)
    }

    /// Takes all of `bytes`.
    package mutating func write(_ bytes: Span<UInt8>) throws { try file.write(bytes) }
}
