/// What the five steps from the seeds to a cross compiler leave for those that follow.
struct CrossToolchain {
    let linuxHeaders: PackageReference
    let binutils: PackageReference
    let musl: PackageReference
    let gcc: PackageReference
    /// All steps: what no final package may lead to.
    let steps: [PackageReference]

    /// The programs of the toolchain, for the search path of a build.
    var tools: [PackageReference] { [gcc, binutils] }
}
