/// The versions of what stands in Swift, each once; those of the catalogue stand in its files.
enum Versions {
    static let binutils = "2.40"
    static let gcc = "12.2.0"
    static let linux = "6.1.176"
    static let musl = "1.2.3"
    /// Debian's package and ours are made of the same release.
    static let node = "18.20.4"
    static let qemu = "7.2.22"
    /// What `os.nodeos` says. The system has a version of its own: with that of this program, each
    /// release of the program would compile node again.
    static let system = "1.0.0"
}
