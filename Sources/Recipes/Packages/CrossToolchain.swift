/// What a native toolchain is compiled with: for the first the cross toolchain, for each later one the
/// native toolchain before it.
struct CrossToolchain {
    /// The kernel's headers for programs.
    let linuxHeaders: PackageReference
    /// The programs called by the names of the target, for the search path of a build.
    let tools: [PackageReference]
    /// All steps: what no final package may lead to.
    let steps: [PackageReference]
    /// Which generation it makes.
    var generation = 1

    /// The line that makes a package a recipe that people are shown; later generations are for comparing.
    func summary(_ line: String) -> String? { generation == 1 ? line : nil }
}
