/// How `builtin:unpack` lays out what it unpacks; the variable `layout`.
package enum UnpackLayout: String, Sendable, Hashable {
    /// As the archive says.
    case plain
    /// Over Debian's merged `/usr`: `bin`, `lib` and `lib64` are links into `usr`.
    case debianUsrMerge = "debian-usrmerge"
}
