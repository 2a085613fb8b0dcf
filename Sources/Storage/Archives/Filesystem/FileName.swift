package import Primitives

/// The name of one directory entry: 1 to 255 bytes, no `/`, no NUL, neither `.` nor `..`.
/// It need not be UTF-8. Sorted by its bytes.
package struct FileName: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The bytes and a NUL, ready for system calls.
    let terminated: [UInt8]

    /// The greatest length in bytes, of Linux's file systems and of a NAR.
    package static let maximumCount = 255

    /// A name from its bytes.
    ///
    /// - Throws: ``ArchivesError/invalidName(_:reason:)``.
    package init(_ name: ByteString) throws(ArchivesError) {
        try self.init(bytes: name.bytes)
    }

    /// A name from text.
    ///
    /// - Throws: ``ArchivesError/invalidName(_:reason:)``.
    package init(_ name: String) throws(ArchivesError) {
        try self.init(bytes: name.systemBytes)
    }

    init(bytes: [UInt8]) throws(ArchivesError) {
        if let reason = Self.fault(in: bytes) {
            throw .invalidName(ByteString(bytes), reason: reason)
        }
        terminated = bytes + [0]
    }

    /// A name that the kernel gave, with its NUL.
    init(terminated: [UInt8]) { self.terminated = terminated }

    /// Why these bytes are no file name; `nil` when they are one.
    static func fault(in bytes: [UInt8]) -> String? {
        if bytes.isEmpty { return "it is empty" }
        if bytes.count > maximumCount { return "it is longer than \(maximumCount) bytes" }
        for byte in bytes {
            if byte == 0x2f { return "it contains '/'" }
            if byte == 0 { return "it contains a NUL byte" }
        }
        if bytes == [0x2e] || bytes == [0x2e, 0x2e] { return "it names a directory itself" }
        return nil
    }

    /// The bytes of the name.
    package var bytes: ArraySlice<UInt8> { terminated.dropLast() }

    /// The name as bytes that need not be UTF-8.
    package var byteString: ByteString { ByteString(Array(bytes)) }

    /// The text; what is not UTF-8 is in it as ``Swift/String/init(systemBytes:)`` has it.
    package var description: String { String(systemBytes: bytes) }

    /// Compares bytes.
    package static func < (left: FileName, right: FileName) -> Bool {
        // The NUL at the end sorts below every byte of a name.
        left.terminated.lexicographicallyPrecedes(right.terminated)
    }
}
