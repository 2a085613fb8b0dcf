/// How the bytes of a content-addressed item are hashed; the prefix of the algorithm in a `.drv`.
public enum ContentAddressMethod: String, Sendable, Hashable, CaseIterable {
    /// The bytes of one regular file that is not executable.
    case flat = ""
    /// The NAR serialisation of any tree ("recursive").
    case recursive = "r:"
    /// A git tree or blob hash.
    case git = "git:"
    /// A text file with references, named as `.drv` files are.
    case text = "text:"
}
