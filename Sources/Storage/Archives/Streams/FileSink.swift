public import Primitives

/// A sink that writes to a file.
public struct FileSink: ByteSink, ~Copyable {
    private let file: OpenFile

    /// A sink that takes over an open file.
    public init(_ file: consuming OpenFile) { self.file = file }

    /// A sink that takes over a descriptor, such as a duplicate of standard output.
    ///
    /// - Parameter descriptor: open for writing; closed with this value.
    /// - Parameter path: a name for messages.
    public init(owning descriptor: Int32, path: String) {
        file = OpenFile(owning: descriptor, path: path)
    }

    /// Takes all of `bytes`.
    public mutating func write(_ bytes: Span<UInt8>) throws { try file.write(bytes) }
}
