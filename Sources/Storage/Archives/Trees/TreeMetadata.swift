/// What the files of a new tree look like besides their contents.
package enum TreeMetadata: Hashable, Sendable {
    /// As in the store (`docs/formats/nar.md`): files 0444 or 0555, directories 0555, modification time 1.
    case canonical
    /// As a program creates files: 0666 or 0777 less the umask, directories 0777 less the umask.
    case plain
}
