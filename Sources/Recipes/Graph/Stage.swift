/// How far from the binary seeds a package stands. Names carry it as a suffix, the way Guix does;
/// derivations carry it in the variable `stage`, so that a graph can be coloured by it.
package enum Stage: Sendable, Hashable {
    /// Made by others: downloaded binaries, unpacked and relocated.
    case seed
    /// Built by seeds, round `0`, `1` and so on, to build what follows.
    case boot(Int)
    /// Built without any reference to a seed.
    case final
    /// Part of the operating system.
    case system
    /// A test whose output is its transcript.
    case check
    /// Somebody's own, by a recipe file.
    case own

    /// What the package's name ends in: `-seed`, `-boot0`, `-final` or nothing.
    package var suffix: String {
        switch self {
        case .seed: "-seed"
        case .boot(let round): "-boot\(round)"
        case .final: "-final"
        case .system, .check, .own: ""
        }
    }

    /// The value of the variable `stage`.
    package var variable: String {
        switch self {
        case .seed: "seed"
        case .boot: "boot"
        case .final: "final"
        case .system: "system"
        case .check: "check"
        case .own: "own"
        }
    }
}
