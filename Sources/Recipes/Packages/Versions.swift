/// The versions of what stands in Swift, each once; those of the catalogue stand in its files.
package enum Versions {
    package static let binutils = "2.40"
    package static let gcc = "12.2.0"
    package static let linux = "6.12.107"
    /// The kernel whose headers the C library is built with: Linux runs what was compiled with older ones.
    package static let linuxHeaders = "6.1.176"
    package static let musl = "1.2.3"
    package static let node = "18.20.4"
    package static let qemu = "10.0.13"
    /// The preview's programs are Debian's own, of the release that the seeds are of.
    package static let nodeSeed = "18.20.4"
    package static let qemuSeed = "7.2.22"
    /// A day on which Debian's archive had all the files that recipes name, as its archive of snapshots
    /// writes it.
    package static let debianSnapshot = "20261130T000000Z"
    /// What `os.nodeos` says. The system has a version of its own: with that of this program, each
    /// release of the program would compile node again.
    package static let system = "1.0.0"
}
