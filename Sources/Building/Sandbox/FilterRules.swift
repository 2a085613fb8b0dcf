import CSeccomp
import Glibc

/// The rules of the build filter, given to libseccomp.
@safe
struct FilterRules: ~Copyable {
    /// A condition on one argument: `(argument & mask) == value`.
    private struct Condition {
        let argument: UInt32
        let mask: UInt64
        let value: UInt64

        static let always = Condition(argument: 0, mask: 0, value: 0)

        static func bits(_ bits: Int32, of argument: UInt32) -> Condition {
            Condition(argument: argument, mask: UInt64(bits), value: UInt64(bits))
        }

        static func equals(_ value: UInt32, of argument: UInt32) -> Condition {
            Condition(argument: argument, mask: 0xffff_ffff, value: UInt64(value))
        }
    }

    private let context: scmp_filter_ctx

    private init() throws(SandboxError) {
        guard let context = unsafe seccomp_init(nodeos_filter_allow()) else {
            throw .filterFailed(rule: "the start", errno: ENOMEM)
        }
        unsafe self.context = unsafe context
    }

    deinit { unsafe seccomp_release(context) }

    /// The program for a build with this network.
    static func compile(network: BuildRequest.Network) throws(SandboxError) -> [UInt8] {
        let filter = try FilterRules()
        try filter.configure(network)
        try filter.refuseKernelInterfaces()
        try filter.refuseNamespaces()
        try filter.refusePrivilegedModes()
        try filter.refuseSockets(network)
        return try filter.program()
    }

    private func configure(_ network: BuildRequest.Network) throws(SandboxError) {
        try attribute(SCMP_FLTATR_ACT_BADARCH, nodeos_filter_refuse(UInt32(ENOSYS)), "architecture")
        // A binary tree: a few comparisons for each system call, not one for each rule.
        try attribute(SCMP_FLTATR_CTL_OPTIMIZE, 2, "optimisation")
        // 32-bit builders run; a fetcher is one of our own programs. (x32 is never added.)
        guard network == .none, seccomp_arch_native() == Self.auditX8664 else { return }
        let result = unsafe seccomp_arch_add(context, Self.auditX86)
        guard result == 0 else { throw .filterFailed(rule: "32-bit programs", errno: -result) }
    }

    // AUDIT_ARCH_X86_64 and AUDIT_ARCH_I386 of linux/audit.h
    private static let auditX8664: UInt32 = 0xc000_003e
    private static let auditX86: UInt32 = 0x4000_0003

    /// What a builder has no use for and what has let others out: keys outlive a build, `bpf`, `io_uring`,
    /// `userfaultfd` and performance counters are the kernel's weak places.
    private func refuseKernelInterfaces() throws(SandboxError) {
        for call in [
            "add_key", "keyctl", "request_key", "bpf", "perf_event_open", "kexec_load",
            "kexec_file_load", "init_module", "finit_module", "delete_module", "open_by_handle_at",
            "name_to_handle_at", "fanotify_init", "quotactl", "quotactl_fd", "acct", "reboot",
            "swapon", "swapoff", "iopl", "ioperm", "settimeofday", "clock_settime", "syslog",
            "lookup_dcookie", "sethostname", "setdomainname", "vhangup",
        ] {
            try refuse(call, EPERM)
        }
        for call in ["io_uring_setup", "io_uring_enter", "io_uring_register", "userfaultfd"] {
            try refuse(call, ENOSYS)
        }
        // Input pushed into a terminal is read by the shell that started us.
        try refuse("ioctl", EPERM, .equals(0x5412, of: 1))  // TIOCSTI
        try refuse("ioctl", EPERM, .equals(0x541c, of: 1))  // TIOCLINUX
        try refusePersonalities()
    }

    /// PER_LINUX (0), PER_LINUX32 (8) and the question (all ones) are allowed: nothing with a flag, as
    /// ADDR_NO_RANDOMIZE, and no other system's personality.
    private func refusePersonalities() throws(SandboxError) {
        let top: UInt64 = 1 << 31
        for shift: UInt64 in 0..<31 {
            let bit: UInt64 = 1 << shift
            let isQuestionCutShort = Condition(argument: 0, mask: top | bit, value: top)
            try refuse("personality", EPERM, isQuestionCutShort)
            if bit == 8 { continue }
            try refuse("personality", EPERM, Condition(argument: 0, mask: top | bit, value: bit))
        }
    }

    private func refuseNamespaces() throws(SandboxError) {
        for call in [
            "mount", "umount", "umount2", "pivot_root", "chroot", "move_mount", "open_tree",
            "fsopen", "fsconfig", "fsmount", "fspick", "mount_setattr", "setns",
        ] {
            try refuse(call, EPERM)
        }
        let newUserNamespace: Int32 = 0x1000_0000  // CLONE_NEWUSER
        try refuse("unshare", EPERM, .bits(newUserNamespace, of: 0))
        try refuse("clone", EPERM, .bits(newUserNamespace, of: 0))
        // Its flags are in memory, where a filter cannot look; C libraries fall back to clone.
        try refuse("clone3", ENOSYS)
    }

    /// No file with a set-user-ID or set-group-ID bit or an extended attribute, not even for a moment: on the
    /// host it is a real file, owned by the user who builds.
    private func refusePrivilegedModes() throws(SandboxError) {
        for bit: Int32 in [0o4000, 0o2000] {
            try refuse("chmod", EPERM, .bits(bit, of: 1))
            try refuse("fchmod", EPERM, .bits(bit, of: 1))
            try refuse("fchmodat", EPERM, .bits(bit, of: 2))
            try refuse("creat", EPERM, .bits(bit, of: 1))
            try refuse("mkdir", EPERM, .bits(bit, of: 1))
            try refuse("mkdirat", EPERM, .bits(bit, of: 2))
            try refuse("mknod", EPERM, .bits(bit, of: 1))
            try refuse("mknodat", EPERM, .bits(bit, of: 2))
            // Without one of these flags the mode is whatever the register held.
            for flag in [O_CREAT, 0o20_000_000] {  // O_CREAT, the own bit of O_TMPFILE
                try refuse("open", EPERM, .bits(flag, of: 1), .bits(bit, of: 2))
                try refuse("openat", EPERM, .bits(flag, of: 2), .bits(bit, of: 3))
            }
        }
        // Its mode is in memory; callers fall back to openat.
        try refuse("openat2", ENOSYS)
        for call in ["setxattr", "lsetxattr", "fsetxattr"] { try refuse(call, ENOTSUP) }
    }

    /// Only families that a network namespace confines (AF_VSOCK would reach the hypervisor). Without that
    /// namespace no Unix sockets either: abstract ones would pass descriptors to the host (CVE-2024-27297).
    private func refuseSockets(_ network: BuildRequest.Network) throws(SandboxError) {
        var allowed: Set<UInt32> = [UInt32(AF_INET), UInt32(AF_INET6), UInt32(AF_NETLINK)]
        if network == .none { allowed.insert(UInt32(AF_UNIX)) }
        let families: UInt32 = 64
        for family in 0..<families where !allowed.contains(family) {
            try refuse("socket", EAFNOSUPPORT, .equals(family, of: 0))
        }
        // 32-bit x86 has a second way in, whose arguments are in memory; C libraries know the first.
        if network == .none { try refuse("socketcall", ENOSYS) }
    }

    private func refuse(
        _ name: String, _ error: Int32, _ first: Condition = .always, _ second: Condition = .always
    ) throws(SandboxError) {
        let number = unsafe seccomp_syscall_resolve_name(name)
        // A call this architecture and this libseccomp do not know cannot be made: new ones are above the
        // ceiling.
        guard number != __NR_SCMP_ERROR else { return }
        let result = unsafe nodeos_filter_add(
            context, nodeos_filter_refuse(UInt32(error)), number, first.argument, first.mask,
            first.value, second.argument, second.mask, second.value)
        guard result == 0 else { throw .filterFailed(rule: name, errno: -result) }
    }

    private func attribute(_ attribute: scmp_filter_attr, _ value: UInt32, _ name: String)
        throws(SandboxError)
    {
        let result = unsafe seccomp_attr_set(context, attribute, value)
        guard result == 0 else { throw .filterFailed(rule: name, errno: -result) }
    }

    private func program() throws(SandboxError) -> [UInt8] {
        var descriptors = Descriptors()
        let file = try descriptors.file("filter", holding: [])
        let result = unsafe seccomp_export_bpf(context, file)
        guard result == 0 else { throw .filterFailed(rule: "the whole program", errno: -result) }
        lseek(file, 0, SEEK_SET)
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while let count = try SystemCall.read(file, into: &buffer), count > 0 {
            bytes.append(contentsOf: buffer.prefix(count))
        }
        return bytes
    }
}
