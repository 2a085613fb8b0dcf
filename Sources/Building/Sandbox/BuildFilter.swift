import CSeccomp
import Glibc

/// The system calls a builder is refused, as programs of the kernel's packet filter.
///
/// Two programs: libseccomp's, with a rule for each thing refused, and one that hides every system call newer
/// than a fixed number, so that a newer kernel changes neither a build nor what the first must know.
struct BuildFilter: Sendable {
    /// Named rules by libseccomp.
    let rules: [UInt8]
    /// The limit to known numbers.
    let ceiling: [UInt8]

    /// `set_mempolicy_home_node`, the last of Linux 5.17 to 6.1. The numbers from 424 on are the same on
    /// every architecture; x32 numbers lie above them all.
    private static let lastKnown: UInt32 = 450

    /// Calls of 32-bit ARM's own (`__ARM_NR_breakpoint` to `set_tls`), without which no program of it starts.
    /// Elsewhere no kernel knows them.
    private static let ofARM: ClosedRange<UInt32> = 0xf0001...0xf0005

    /// The filter for a build with this network.
    init(network: BuildRequest.Network) throws(SandboxError) {
        ceiling = Self.ceiling(of: Self.lastKnown)
        rules = try FilterRules.compile(network: network)
    }

    /// `struct seccomp_data` begins with the number (linux/seccomp.h), `struct sock_filter` is code, jump if
    /// true, jump if false, operand (linux/filter.h).
    private static func ceiling(of number: UInt32) -> [UInt8] {
        let load: UInt16 = 0x20  // BPF_LD | BPF_W | BPF_ABS
        let jumpIfGreater: UInt16 = 0x25  // BPF_JMP | BPF_JGT | BPF_K
        let answer: UInt16 = 0x06  // BPF_RET | BPF_K
        let program: [(UInt16, UInt8, UInt8, UInt32)] = [
            (load, 0, 0, 0),
            (jumpIfGreater, 0, 3, number),
            (jumpIfGreater, 1, 0, ofARM.upperBound),
            (jumpIfGreater, 1, 0, ofARM.lowerBound - 1),
            (answer, 0, 0, nodeos_filter_refuse(UInt32(ENOSYS))),
            (answer, 0, 0, nodeos_filter_allow()),
        ]
        return program.flatMap { code, isTrue, isFalse, operand in
            Self.native(code) + [isTrue, isFalse] + Self.native(operand)
        }
    }

    private static func native<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
        let little = (0..<Number.bitWidth / 8).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
        return Number(littleEndian: 1) == 1 ? little : little.reversed()
    }
}
