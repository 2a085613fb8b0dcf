/// The native toolchain: what a package of the system is built with, and what it may not lead to.
struct FinalToolchain {
    /// Compiler, shell and tools under one `bin`: stands in for the seeds.
    let programs: PackageReference
    /// The C library, with the kernel's headers.
    let musl: PackageReference
    /// Assembler and linker.
    let binutils: PackageReference
    /// C and C++; its output `lib` holds libgcc_s and libstdc++.
    let gcc: PackageReference
    /// All of it: the four above and each tool.
    let packages: [PackageReference]
    /// The seeds and every step before the final ones: the `disallowedRequisites` of what follows.
    let earlier: [PackageReference]
}
