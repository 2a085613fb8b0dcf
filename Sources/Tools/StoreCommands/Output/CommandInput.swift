import Primitives

/// The stream that a command reads: standard input, or what a test gives.
package struct CommandInput: Sendable {
    private let readBytes: @Sendable (inout [UInt8]) throws -> Int

    /// A stream; `read` fills the beginning of the buffer and returns how many bytes, 0 at the end.
    package init(read: @escaping @Sendable (inout [UInt8]) throws -> Int) { readBytes = read }

    /// Everything up to the end.
    package func readAll() throws -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while case let count = try readBytes(&buffer), count > 0 { bytes += buffer[..<count] }
        return bytes
    }

    /// This stream as the beginning of a pipeline of bytes.
    struct Source: ByteSource {
        let input: CommandInput

        func read(into buffer: inout [UInt8]) throws -> Int { try input.readBytes(&buffer) }
    }
}
