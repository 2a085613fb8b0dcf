package import Primitives

/// One part of a NAR.
package enum NAREvent: Hashable, Sendable {
    /// A regular file begins; its contents are had by ``NARReader/readContents(_:)`` and are
    /// skipped otherwise.
    case regular(executable: Bool, size: UInt64)
    /// A symbolic link.
    case symlink(target: ByteString)
    /// A directory begins.
    case directory
    /// The node that follows is this entry of the directory.
    case entry(FileName)
    /// The directory ends.
    case endDirectory
}
